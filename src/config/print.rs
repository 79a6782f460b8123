//! Shows a configuration without its secrets.

use figment::Figment;
use toml::{Table, Value};

/// Every secret that can be configured. A test holds this list against the `SecretString` fields of the sections.
/// A `*` stands for every name.
pub(super) const SECRETS: &[&str] = &[
    "ai.providers.*.key",
    "bus.url",
    "database.url",
    "payments.key_pepper",
    "payments.receipt_signing_key",
    "search.key",
    "server.operator_token",
    "vault.keys",
    "x402.cdp_key_secret",
    "x402.gas_key",
    "x402.rpc_url",
];

const REDACTED: &str = "[redacted]";

/// The merged configuration as TOML; a secret that is set shows as `[redacted]`, one that is not stays empty.
pub(super) fn redacted(figment: &Figment) -> anyhow::Result<String> {
    let mut root: Table = figment.extract()?;
    for path in SECRETS {
        redact(&mut root, path);
    }
    Ok(toml::to_string_pretty(&root)?)
}

fn redact(table: &mut Table, path: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    for (_, value) in table.iter_mut().filter(|(other, _)| name == "*" || *other == name) {
        match (rest, value) {
            (Some(rest), Value::Table(section)) => redact(section, rest),
            (Some(_), _) => {}
            (None, value) if value.as_str().is_none_or(|text| !text.is_empty()) => {
                *value = Value::String(REDACTED.to_owned());
            }
            (None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::path::Path;

    use super::SECRETS;
    use crate::config::Config;

    /// The section of each file that declares settings.
    const SECTIONS: [(&str, &str); 12] = [
        ("ai.providers.*", "workers/ai/src/settings.rs"),
        ("server", "api/src/settings.rs"),
        ("database", "journal/src/settings.rs"),
        ("bus", "bus/src/settings.rs"),
        ("payments", "workers/payments/src/settings.rs"),
        ("x402", "x402/src/settings.rs"),
        ("projections", "projections/src/settings.rs"),
        ("code", "workers/code/src/settings.rs"),
        ("fetch", "workers/fetch/src/settings.rs"),
        ("search", "workers/fetch/src/worker/search.rs"),
        ("log", "src/logging.rs"),
        ("vault", "vault/src/settings.rs"),
    ];

    #[test]
    fn every_secret_that_can_be_configured_is_redacted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut declared = Vec::new();
        for (section, file) in SECTIONS {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            for line in text.lines().filter(|line| line.trim_start().starts_with("pub ")) {
                let Some((name, kind)) = line.trim().split_once(':') else { continue };
                if kind.contains("SecretString") {
                    declared.push(format!("{section}.{}", name.trim_start_matches("pub ").trim()));
                }
            }
        }
        declared.sort();
        assert_eq!(declared, SECRETS);
    }

    #[test]
    fn what_is_printed_reads_back_and_holds_no_secret() {
        let config = Config::load(None, Some(Path::new("/nonexistent")), None).unwrap();
        let printed = config.print().unwrap();
        assert!(printed.contains("data_dir = \"/nonexistent\""));
        assert!(printed.contains("url = \"[redacted]\"") && !printed.contains("nats://"));
        assert!(toml::from_str::<toml::Table>(&printed).is_ok());
    }
}

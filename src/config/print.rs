//! Shows a configuration without its secrets.

use figment::Figment;
use toml::{Table, Value};

/// Every secret that can be configured. A test holds this list against the `SecretString` fields of the sections.
pub(super) const SECRETS: &[&str] =
    &["bus.url", "database.url", "payments.key_pepper", "payments.receipt_signing_key"];

const REDACTED: &str = "[redacted]";

/// The merged configuration as TOML; a secret that is set shows as `[redacted]`, one that is not stays empty.
pub(super) fn redacted(figment: &Figment) -> anyhow::Result<String> {
    let mut root: Table = figment.extract()?;
    for path in SECRETS {
        let (section, key) = path.split_once('.').expect("every secret is in a section");
        if let Some(Value::Table(section)) = root.get_mut(section)
            && let Some(value) = section.get_mut(key)
            && value.as_str().is_none_or(|text| !text.is_empty())
        {
            *value = Value::String(REDACTED.to_owned());
        }
    }
    Ok(toml::to_string_pretty(&root)?)
}

//! The secrets of the embedded default: generated once into the data directory, readable by its owner only.

use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

const FILE: &str = "secrets.toml";

/// What is generated, and needed by whoever charges.
const GENERATED: [&str; 4] =
    ["payments.key_pepper", "payments.receipt_signing_key", "server.operator_token", "vault.keys"];

const HEAD: &str = "# Generated on the first start. Whoever loses this file invalidates every API key, and loses what the \
                    vault keeps.\n";

/// Takes the secrets that are not configured from the data directory, if it has any.
pub(super) fn over(figment: Figment, data_dir: &Path) -> anyhow::Result<Figment> {
    let Some(text) = read(&data_dir.join(FILE))? else { return Ok(figment) };
    let generated = Figment::from(Toml::string(&text));
    Ok(GENERATED.iter().fold(figment, |figment, key| {
        let configured: String = figment.extract_inner(key).unwrap_or_default();
        match generated.extract_inner::<String>(key) {
            Ok(value) if configured.is_empty() => figment.merge(Serialized::default(key, value)),
            // One that this build has learned to generate since the file was made.
            Ok(_) | Err(_) => figment,
        }
    }))
}

/// Generates the secrets that a data directory does not have yet. Of two processes at the same moment the second finds
/// what the first has written: nothing is ever overwritten.
pub(super) fn generate(data_dir: &Path) -> anyhow::Result<()> {
    if !data_dir.exists() {
        let parent = data_dir.parent().unwrap_or(Path::new("."));
        create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(data_dir);
        made.with_context(|| format!("cannot make {}", data_dir.display()))?;
    }
    let path = data_dir.join(FILE);
    complete(data_dir, &path).with_context(|| format!("cannot write {}", path.display()))
}

fn complete(data_dir: &Path, path: &Path) -> anyhow::Result<()> {
    let alone = File::create(data_dir.join(format!("{FILE}.lock")))?;
    alone.lock()?;
    let mut text = read(path)?.unwrap_or_else(|| HEAD.to_owned());
    let there = Figment::from(Toml::string(&text));
    let missing = GENERATED.iter().filter(|key| there.extract_inner::<String>(key).is_err());
    let mut added = false;
    for key in missing {
        text.push_str(&format!("{key} = \"{}\"\n", random_base64()?));
        added = true;
    }
    if added { replace(data_dir, path, &text) } else { Ok(()) }
}

/// Whoever reads the file meanwhile reads the one before or the whole new one.
fn replace(data_dir: &Path, path: &Path, text: &str) -> anyhow::Result<()> {
    let draft = data_dir.join(format!("{FILE}.new"));
    let mut file: File = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(std::fs::rename(&draft, path)?)
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn random_base64() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn secrets(data_dir: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(data_dir.join(FILE)).unwrap();
        let generated = Figment::from(Toml::string(&text));
        GENERATED.iter().map(|key| generated.extract_inner(key).unwrap()).collect()
    }

    #[test]
    fn secrets_are_made_once_and_those_that_came_later_are_added() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "payments.key_pepper = \"an older one\"\n").unwrap();
        generate(dir.path()).unwrap();
        let first = secrets(dir.path());
        assert_eq!(first[0], "an older one");
        assert!(first[1..].iter().all(|secret| secret.len() == 44));
        generate(dir.path()).unwrap();
        assert_eq!(secrets(dir.path()), first);
    }

    #[test]
    fn many_processes_may_start_at_once() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| generate(dir.path()).unwrap());
            }
        });
        assert_eq!(secrets(dir.path()).len(), GENERATED.len());
    }
}

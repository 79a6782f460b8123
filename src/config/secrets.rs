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
const GENERATED: [&str; 2] = ["payments.key_pepper", "payments.receipt_signing_key"];

/// Takes the secrets that are not configured from the data directory, if it has any.
pub(super) fn over(figment: Figment, data_dir: &Path) -> anyhow::Result<Figment> {
    let path = data_dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(figment),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let generated = Figment::from(Toml::string(&text));
    GENERATED.iter().try_fold(figment, |figment, key| {
        let configured: String = figment.extract_inner(key).unwrap_or_default();
        if !configured.is_empty() {
            return Ok(figment);
        }
        let value: String = generated.extract_inner(key).with_context(|| format!("{}", path.display()))?;
        Ok(figment.merge(Serialized::default(key, value)))
    })
}

/// Generates the secrets of a data directory that has none. A second process at the same moment waits for nothing
/// and overwrites nothing: whoever links the finished file first wins.
pub(super) fn generate(data_dir: &Path) -> anyhow::Result<()> {
    if !data_dir.exists() {
        let parent = data_dir.parent().unwrap_or(Path::new("."));
        create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(data_dir);
        made.with_context(|| format!("cannot make {}", data_dir.display()))?;
    }
    let path = data_dir.join(FILE);
    if path.exists() {
        return Ok(());
    }
    let draft = data_dir.join(format!("{FILE}.{}", std::process::id()));
    write(&draft).with_context(|| format!("cannot write {}", draft.display()))?;
    let linked = std::fs::hard_link(&draft, &path);
    std::fs::remove_file(&draft).with_context(|| format!("cannot remove {}", draft.display()))?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot write {}", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write(path: &Path) -> anyhow::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "# Generated on the first start. Whoever loses this file invalidates every API key.")?;
    for key in GENERATED {
        writeln!(file, "{key} = \"{}\"", random_base64()?)?;
    }
    file.sync_all()?;
    Ok(())
}

fn random_base64() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

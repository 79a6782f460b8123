//! Looks for bytes in every file that a run has left: databases and their logs, stores, output.

use std::fs;
use std::path::{Path, PathBuf};

/// The files below `dir` in which one of the `needles` stands.
pub(crate) fn files_holding(dir: &Path, needles: &[Vec<u8>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(dir, &mut |path| {
        let Ok(bytes) = fs::read(path) else { return };
        if needles.iter().any(|needle| contains(&bytes, needle)) {
            found.push(path.to_owned());
        }
    });
    found
}

/// The ways in which a text is commonly written down: as it is, in hex, and in base64 at each offset.
pub(crate) fn spellings(text: &str) -> Vec<Vec<u8>> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut spellings = vec![text.as_bytes().to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for offset in 0..3 {
        // The characters at both ends depend on the neighbours; those in the middle do not.
        let encoded = STANDARD_NO_PAD.encode(format!("{}{text}", "x".repeat(offset)));
        spellings.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
    }
    spellings
}

fn walk(dir: &Path, visit: &mut impl FnMut(&Path)) {
    // A file may go while we look: a rotated log, a checkpointed segment.
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), visit),
            Ok(kind) if kind.is_file() => visit(&entry.path()),
            _ => {}
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

//! Programs kept in one file a family: `#: name = expectation` before each.

use std::fs;
use std::path::Path;

/// One program of a corpus.
pub(crate) struct Sample {
    pub(crate) name: String,
    /// What follows the equals sign; empty without one.
    pub(crate) expected: String,
    pub(crate) code: String,
}

/// All programs of a directory below `tests`, in the order of its files.
pub(crate) fn read(directory: &str) -> Vec<Sample> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| parse(&fs::read_to_string(file).unwrap())).collect()
}

fn parse(text: &str) -> Vec<Sample> {
    let mut samples = Vec::new();
    for part in text.split("#: ").skip(1) {
        let (head, code) = part.split_once('\n').unwrap();
        let (name, expected) = head.split_once(" = ").unwrap_or((head, ""));
        samples.push(Sample { name: name.into(), expected: expected.into(), code: enlarge(code) });
    }
    samples
}

/// Writes out what would be too long, or too strange, to keep.
fn enlarge(code: &str) -> String {
    let code = code.replace("<NUL>", "\0").replace("<CR>", "\r").replace("<FF>", "\u{c}");
    code.replace("MINUS", &"-".repeat(20_000))
        .replace("BRACKETS", &format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)))
        .replace("ATTRIBUTES", &vec!["b"; 9_000].join("."))
        .replace("LAMBDAS", &"lambda a, b: ".repeat(3_000))
        .replace("ELIFS", &"elif 1: pass\n".repeat(2_000))
        .replace("STRINGS", &"'a' ".repeat(12_000))
        .replace("PARTS", &"1,".repeat(30_000))
}

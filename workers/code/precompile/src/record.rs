//! The digest our build leaves beside a runner, in the form `sha256sum --check` reads.
//!
//! Loading machine code is trusting it: the worker loads the file our build recorded, and no other.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// How much of a runner is in memory while it is read.
const PIECE_BYTES: usize = 256 * 1024;

/// The SHA-256 of a runner, as recorded at build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(String);

/// Why a runner's record cannot be used.
#[derive(Debug)]
pub enum RecordError {
    /// No record lies beside the runner.
    Missing(PathBuf),
    /// The record cannot be read or written.
    Io(PathBuf, io::Error),
    /// The record is no line of `sha256sum`.
    Malformed(PathBuf),
}

impl Record {
    /// The record of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// The record of this file, as it is now.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut digest = Sha256::new();
        let mut file = File::open(path)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(Self(hex(&digest.finalize()))),
                length => digest.update(&piece[..length]),
            }
        }
    }

    /// Reads the record beside `runner`.
    pub fn read(runner: &Path) -> Result<Self, RecordError> {
        let path = path_beside(runner);
        let line = match fs::read_to_string(&path) {
            Ok(line) => line,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RecordError::Missing(path));
            }
            Err(error) => return Err(RecordError::Io(path, error)),
        };
        let digest = line.split_whitespace().next().unwrap_or_default();
        let is_sha256 = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        if is_sha256 { Ok(Self(digest.to_owned())) } else { Err(RecordError::Malformed(path)) }
    }

    /// Writes this record beside `runner`.
    pub fn write(&self, runner: &Path) -> Result<(), RecordError> {
        let path = path_beside(runner);
        let name = runner.file_name().unwrap_or_default().to_string_lossy();
        fs::write(&path, format!("{}  {name}\n", self.0)).map_err(|e| RecordError::Io(path, e))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn path_beside(runner: &Path) -> PathBuf {
    let mut path = runner.as_os_str().to_owned();
    path.push(".sha256");
    path.into()
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{} is missing", path.display()),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Malformed(path) => write!(f, "{} holds no SHA-256", path.display()),
        }
    }
}

impl std::error::Error for RecordError {}

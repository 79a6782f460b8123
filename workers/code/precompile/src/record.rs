//! The digest our build leaves beside a runner.
//!
//! Loading machine code is trusting it: the worker loads the file our build recorded, and no other. All of it is read
//! at each start, on every core: the digest is the SHA-256 of the SHA-256s of its pieces.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, io, thread};

use sha2::{Digest, Sha256};

const PIECE_BYTES: usize = 1024 * 1024;

type Piece = [u8; 32];

/// The digest of a runner, as recorded at build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(String);

/// Why a runner's record cannot be used.
#[derive(Debug)]
pub enum RecordError {
    /// No record lies beside the runner.
    Missing(PathBuf),
    /// The record cannot be read or written.
    Io(PathBuf, io::Error),
    /// The record is no digest.
    Malformed(PathBuf),
}

impl Record {
    /// The record of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_pieces(bytes.chunks(PIECE_BYTES).map(|piece| Sha256::digest(piece).into()))
    }

    /// The record of this file, as it is now.
    pub fn of_file(file: &File) -> io::Result<Self> {
        let bytes = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let next = AtomicUsize::new(0);
        let mut pieces = thread::scope(|scope| {
            let threads = thread::available_parallelism().map_or(1, usize::from);
            let digesting: Vec<_> = (0..threads).map(|_| scope.spawn(|| digests(file, bytes, &next))).collect();
            let mut pieces = Vec::new();
            for digests in digesting {
                pieces.extend(digests.join().map_err(|_| io::Error::other("a digest panicked"))??);
            }
            Ok::<_, io::Error>(pieces)
        })?;
        pieces.sort_unstable();
        Ok(Self::of_pieces(pieces.into_iter().map(|(_, piece)| piece)))
    }

    fn of_pieces(pieces: impl Iterator<Item = Piece>) -> Self {
        let mut digest = Sha256::new();
        pieces.for_each(|piece| digest.update(piece));
        Self(hex(&digest.finalize()))
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

/// Takes pieces until there are none left.
fn digests(file: &File, bytes: usize, next: &AtomicUsize) -> io::Result<Vec<(usize, Piece)>> {
    let (mut digests, mut piece) = (Vec::new(), vec![0; PIECE_BYTES.min(bytes)]);
    loop {
        let start = next.fetch_add(PIECE_BYTES, Ordering::Relaxed);
        if start >= bytes {
            return Ok(digests);
        }
        let piece = &mut piece[..PIECE_BYTES.min(bytes - start)];
        file.read_exact_at(piece, start as u64)?;
        digests.push((start, Sha256::digest(&*piece).into()));
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
            Self::Malformed(path) => write!(f, "{} holds no digest", path.display()),
        }
    }
}

impl std::error::Error for RecordError {}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_has_the_record_of_its_bytes_and_no_other() {
        let mut file = tempfile::tempfile().expect("a file can be made");
        let mut bytes = vec![7; 5 * PIECE_BYTES / 2];
        file.write_all(&bytes).expect("it can be written");
        assert_eq!(Record::of_file(&file).expect("it can be read"), Record::of(&bytes));
        let last = bytes.len() - 1;
        bytes[last] = 8;
        assert_ne!(Record::of_file(&file).expect("it can be read"), Record::of(&bytes));
        bytes.swap(0, last);
        bytes[last] = 7;
        assert_ne!(Record::of_file(&file).expect("it can be read"), Record::of(&bytes));
    }
}

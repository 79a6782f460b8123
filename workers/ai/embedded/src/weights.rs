//! Maps files of weights into memory.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::LoadError;

/// The bytes of a file. They are read as they are touched, and shared with every process that maps the file.
pub(crate) fn map(path: &Path) -> Result<Mmap, LoadError> {
    let failed = |source| LoadError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    #[expect(unsafe_code, reason = "mapping a file is unsafe, since whoever may write it can change it under us")]
    // SAFETY: a file of weights is written before the service starts and replaced by a rename, never in place.
    let mapped = unsafe { Mmap::map(&file) };
    mapped.map_err(failed)
}

/// What is wrong with the content of a file.
pub(crate) fn malformed(path: &Path, reason: impl ToString) -> LoadError {
    LoadError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}

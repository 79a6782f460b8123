//! What one run may take: memory and output.

use wasmtime::ResourceLimiter;

use crate::program::Limit;

/// Ends a run from inside a host call or at a tick.
#[derive(Debug)]
pub(super) struct Ended(pub(super) Limit);

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the run ended: {}", self.0)
    }
}

impl std::error::Error for Ended {}

/// Refuses growth past the cap, and remembers that it did: Python may catch its `MemoryError`.
pub(super) struct Memory {
    bytes_max: usize,
    pub(super) refused: bool,
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, refused: false }
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= self.bytes_max && maximum.is_none_or(|maximum| desired <= maximum);
        self.refused |= !fits;
        Ok(fits)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }
}

/// What a run printed to one of its streams.
pub(super) struct Printed {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Printed {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes: Vec::new(), bytes_max }
    }

    /// How many bytes more are kept.
    pub(super) fn room(&self) -> usize {
        self.bytes_max - self.bytes.len()
    }

    /// Keeps what fits into the room.
    pub(super) fn keep(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(&piece[..piece.len().min(self.room())]);
    }

    /// As text; a character that the cap cut in two is left out.
    pub(super) fn into_text(mut self) -> String {
        if let Err(error) = std::str::from_utf8(&self.bytes)
            && error.error_len().is_none()
        {
            self.bytes.truncate(error.valid_up_to());
        }
        match String::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
        }
    }
}

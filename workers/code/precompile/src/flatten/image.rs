//! The memory that every instance begins with.

use wasmtime::{Result, ensure};

const WORD_BYTES: usize = size_of::<u32>();

/// Bytes from address 0 on; what nothing was written to is zero.
#[derive(Default)]
pub(super) struct Image(Vec<u8>);

impl Image {
    /// Later writes go over earlier ones.
    pub(super) fn write(&mut self, address: i32, bytes: &[u8]) -> Result<()> {
        // Addresses are unsigned; constants are written as if they were not.
        let start = address.cast_unsigned() as usize;
        let end = start + bytes.len();
        ensure!(end <= u32::MAX as usize, "data lies outside of any memory");
        if self.0.len() < end {
            self.0.resize(end, 0);
        }
        self.0[start..end].copy_from_slice(bytes);
        Ok(())
    }

    /// The word at an address, as far as there is one.
    pub(super) fn word(&self, address: usize) -> Option<u32> {
        let bytes = self.0.get(address..address.checked_add(WORD_BYTES)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Where these bytes stand, one place after another.
    pub(super) fn find<'i>(&'i self, bytes: &'i [u8]) -> impl Iterator<Item = usize> + 'i {
        self.0
            .windows(bytes.len())
            .enumerate()
            .filter(move |(_, window)| *window == bytes)
            .map(|(address, _)| address)
    }

    /// Where the first byte that is not zero stands, and all from there to the last one that was written.
    pub(super) fn written(&self) -> (i32, &[u8]) {
        let start = self.0.iter().position(|byte| *byte != 0).unwrap_or(0);
        (u32::try_from(start).expect("it was checked when written").cast_signed(), &self.0[start..])
    }
}

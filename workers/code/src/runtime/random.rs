//! Random bytes of a run: the system's, or with a seed a stream that is the same every time.

use sha2::{Digest, Sha256};

/// Where a run's randomness comes from.
pub(super) enum Random {
    System,
    Seeded(Stream),
}

/// SHA-256 of seed and counter, block after block.
pub(super) struct Stream {
    seed: u64,
    blocks: u64,
}

impl Random {
    pub(super) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded(Stream { seed, blocks: 0 }))
    }

    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        match self {
            Self::System => getrandom::fill(bytes),
            Self::Seeded(stream) => {
                stream.fill(bytes);
                Ok(())
            }
        }
    }
}

impl Stream {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(self.blocks.to_le_bytes())
                .finalize();
            self.blocks += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

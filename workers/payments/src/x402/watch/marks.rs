//! The hashes of blocks that were seen, the newest last: where one is another now, all after it may be.

use std::collections::VecDeque;

use aipaygen_x402::B256;

use crate::x402::Unreachable;
use crate::x402::chain::Chain;

/// How many blocks are remembered at most.
const MARKS_MAX: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Marks(VecDeque<(u64, B256)>);

impl Marks {
    /// The last block that is what it was, if later ones are not; the last final one if nothing is remembered.
    pub(super) async fn changed_after(&mut self, chain: &Chain) -> Result<Option<u64>, Unreachable> {
        let head = chain.head().await?;
        let hash = chain.hash_of(head).await?.ok_or(Unreachable)?;
        let mut has_changed = self.0.is_empty();
        while let Some((number, seen)) = self.0.back() {
            if chain.hash_of(*number).await? == Some(*seen) {
                break;
            }
            has_changed = true;
            self.0.pop_back();
        }
        let stands = self.0.back().map_or_else(|| chain.final_before(head), |(number, _)| *number);
        self.remember(head, hash);
        Ok(has_changed.then_some(stands))
    }

    /// A mark for each look, thinned out where they are old: half of them is dropped when there are too many.
    fn remember(&mut self, number: u64, hash: B256) {
        if self.0.back().is_none_or(|(last, _)| *last < number) {
            self.0.push_back((number, hash));
        }
        if self.0.len() > MARKS_MAX {
            let mut nth = 0;
            self.0.retain(|_| {
                nth += 1;
                nth % 2 == 0
            });
        }
    }
}

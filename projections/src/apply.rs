//! Events into rows: every projection, in one transaction with the checkpoint.

use aipaygen_journal::db::Tx;

use crate::write::ApplyError;
use crate::{Entry, balances, checkpoint, keys, ledger, refund_credits, requests, usage};

/// Applies events that follow the checkpoint, and moves it. The caller commits; until then nothing is seen, and
/// nobody else applies anything.
pub async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let last = checkpoint::lock(tx).await?;
    let to = follows(last, entries)?;
    keys::apply(tx, entries).await?;
    balances::apply(tx, entries).await?;
    requests::apply(tx, entries).await?;
    refund_credits::apply(tx, entries).await?;
    ledger::apply(tx, entries).await?;
    usage::apply(tx, entries).await?;
    checkpoint::advance(tx, last, to).await
}

/// Where consecutive events lead to.
fn follows(last: u64, entries: &[Entry]) -> Result<u64, ApplyError> {
    entries.iter().try_fold(last, |last, entry| match entry.position {
        found if found == last + 1 => Ok(found),
        found => Err(ApplyError::Gap { last, found }),
    })
}

//! Events into rows: every projection, in one transaction with the checkpoint.

use aipaygen_journal::db::{Db, Tx};

use crate::write::ApplyError;
use crate::{Entry, balances, checkpoint, keys, ledger, payments, refund_credits, requests, usage, vouchers};

/// Applies events that follow the checkpoint, and moves it. The caller commits; until then nothing is seen, and
/// nobody else applies anything.
pub async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let last = checkpoint::lock(tx).await?;
    apply_after(tx, last, entries).await
}

/// Applies events in a transaction of its own, and tells where the checkpoint is. What another projector has applied
/// meanwhile is left out; and so is all of it, if a rebuild has taken the checkpoint back to before the first.
pub(crate) async fn commit(db: &Db, entries: &[Entry]) -> Result<u64, ApplyError> {
    let mut tx = db.begin().await?;
    let last = checkpoint::lock(&mut tx).await?;
    let fresh = &entries[entries.partition_point(|entry| entry.position <= last)..];
    match fresh {
        [first, .., reached] | [first @ reached] if first.position == last + 1 => {
            apply_after(&mut tx, last, fresh).await?;
            tx.commit().await?;
            Ok(reached.position)
        }
        _ => Ok(last),
    }
}

async fn apply_after(tx: &mut Tx, last: u64, entries: &[Entry]) -> Result<(), ApplyError> {
    let to = follows(last, entries)?;
    keys::apply(tx, entries).await?;
    balances::apply(tx, entries).await?;
    requests::apply(tx, entries).await?;
    refund_credits::apply(tx, entries).await?;
    vouchers::apply(tx, entries).await?;
    payments::apply(tx, entries).await?;
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

//! Who dispatches, and how far it has come in the log: one process at a time, by a lease that it renews.

use aipaygen_events::Timestamp;
use aipaygen_journal::db::{Backend, Tx, Value};

use crate::{Vault, VaultError};

const TAKE: &str = "UPDATE dispatcher SET holder = $1, held_until = $2 WHERE holder = $1 OR held_until <= $3";
const LEAVE: &str = "UPDATE dispatcher SET held_until = 0 WHERE holder = $1";
const READ: &str = "SELECT position, holder FROM dispatcher";
const LOCK: &str = "SELECT position, holder FROM dispatcher FOR UPDATE";
const ADVANCE: &str = "UPDATE dispatcher SET position = $1";

/// The right to dispatch.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Who wants it: a name that no other process has.
    pub holder: String,
    /// For how long it is taken.
    pub ms: u64,
}

impl Vault {
    /// Takes the lease, or holds on to it; whether this process has it now.
    pub async fn take_lease(&self, lease: &Lease, now: Timestamp) -> Result<bool, VaultError> {
        let mut tx = self.db.begin().await?;
        let values = [lease.holder.as_str().into(), now.plus_ms(lease.ms).micros().into(), now.micros().into()];
        let taken = tx.execute(TAKE, &values).await?;
        tx.commit().await?;
        Ok(taken > 0)
    }

    /// Lets another process have the lease at once.
    pub async fn leave_lease(&self, lease: &Lease) -> Result<(), VaultError> {
        let mut tx = self.db.begin().await?;
        tx.execute(LEAVE, &[lease.holder.as_str().into()]).await?;
        Ok(tx.commit().await?)
    }

    /// How far the dispatcher has come in the log, held until the transaction ends; `None` if another one has taken
    /// over.
    pub async fn dispatched(&self, tx: &mut Tx, lease: &Lease) -> Result<Option<u64>, VaultError> {
        let sql = match tx.backend() {
            Backend::Postgres => LOCK,
            // A transaction that writes is alone from its beginning.
            Backend::Sqlite => READ,
        };
        let row = tx.fetch_optional(sql, &[]).await?.ok_or(VaultError::Tampered { table: "dispatcher" })?;
        Ok((row.text("holder")? == lease.holder).then_some(row.u64("position")?))
    }

    /// Remembers how far the dispatcher has come, together with what it has planned.
    pub async fn dispatched_to(&self, tx: &mut Tx, position: u64) -> Result<(), VaultError> {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        tx.execute(ADVANCE, &[Value::from(position)]).await?;
        Ok(())
    }

    /// A transaction for what belongs together.
    pub async fn begin(&self) -> Result<Tx, VaultError> {
        Ok(self.db.begin().await?)
    }
}

//! Knowing that the log has grown: at once for appends of this process, by a notification for those of others
//! where the database sends one, and by polling in any case.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::store::Store;

/// Raises the head that readers wait on; a late word of an earlier one does nothing.
pub(crate) fn raise(head: &watch::Sender<u64>, position: u64) {
    head.send_if_modified(|known| {
        let grown = position > *known;
        *known = position.max(*known);
        grown
    });
}

/// Asks for the head again and again.
pub(crate) async fn poll(store: Arc<dyn Store>, every: Duration, head: &watch::Sender<u64>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // While the database is away, whoever reads is told so by what it reads.
        if let Ok(found) = store.head().await {
            raise(head, found.position);
        }
    }
}

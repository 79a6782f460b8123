//! Following the log: every event once, in order, without a gap, soon after it is committed.

use tokio::sync::watch;

use crate::{ReadError, Reader, Recorded};

/// Where one reader is in the log.
#[derive(Debug)]
pub struct Subscription {
    reader: Reader,
    head: watch::Receiver<u64>,
    last: u64,
}

impl Subscription {
    pub(crate) fn new(reader: Reader, mut head: watch::Receiver<u64>, after_position: u64) -> Self {
        // The log may have grown before anybody was told: the first `next` looks for itself.
        head.mark_changed();
        Self { reader, head, last: after_position }
    }

    /// The position of the last event that was given out.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.last
    }

    /// The next events, at least one and at most `max`; waits for them. After an error it can be asked again, and
    /// goes on where it was. Cancelling it loses nothing.
    pub async fn next(&mut self, max: u32) -> Result<Vec<Recorded>, ReadError> {
        loop {
            let behind = *self.head.borrow() > self.last;
            if !behind {
                self.head.changed().await.map_err(|_| ReadError::Closed)?;
            }
            let events = self.reader.read_all(self.last, max).await?;
            if let Some(event) = events.last() {
                self.last = event.position;
                return Ok(events);
            }
        }
    }
}

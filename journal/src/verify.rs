//! Proving that the log is what was written: walking the hash chain.

use crate::{Head, ReadError, Reader, Recorded, hash};

/// How many events are held in memory at once.
const PAGE: u32 = 1_000;

/// Why the log could not be proven whole.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// From this position on the log is not what was written: an event was changed, removed, added or moved.
    #[error("the log is broken at position {position}")]
    Broken {
        /// The first position that is not what it was.
        position: u64,
    },
    /// The log was not read to its end.
    #[error("the log could not be read to its end")]
    Read(#[from] ReadError),
}

impl Reader {
    /// Walks the chain from a head that is trusted (`Head::default()` is the beginning) to the end of the log, and
    /// gives the head it found there.
    pub async fn verify(&self, from: Head) -> Result<Head, VerifyError> {
        // Taken first, so that appends of meanwhile are not missed at the end.
        let end = self.head().await?;
        let mut at = self.trusted(from).await?;
        while at.position < end.position {
            let page = self.page(at.position).await?;
            let unread = page.iter().take_while(|event| event.position <= end.position);
            at = unread.into_iter().try_fold(at, step)?;
        }
        if at == end { Ok(end) } else { Err(VerifyError::Broken { position: at.position }) }
    }

    /// The event that a trusted head stands for must be there and be the same.
    async fn trusted(&self, from: Head) -> Result<Head, VerifyError> {
        let Some(before) = from.position.checked_sub(1) else { return Ok(from) };
        match self.store.all(before, 1).await?.first() {
            Some(event) if event.position == from.position && event.hash == from.hash => Ok(from),
            Some(_) | None => Err(VerifyError::Broken { position: from.position }),
        }
    }

    /// The events that follow, of which there is at least one in a whole log.
    async fn page(&self, after: u64) -> Result<Vec<Recorded>, VerifyError> {
        // Not through `read_all`: here a gap is a finding.
        let page = self.store.all(after, PAGE).await?;
        if page.is_empty() { Err(VerifyError::Broken { position: after + 1 }) } else { Ok(page) }
    }
}

fn step(at: Head, event: &Recorded) -> Result<Head, VerifyError> {
    let expected = at.position + 1;
    if event.position == expected && event.hash == hash::link(&at.hash, event) {
        Ok(Head { position: expected, hash: event.hash })
    } else {
        Err(VerifyError::Broken { position: expected })
    }
}

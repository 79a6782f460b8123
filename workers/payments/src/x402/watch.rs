//! The watch over what has settled: until a block is final a reorganisation can undo it, and then the same payment is
//! submitted again, as long as its time is not up.
//!
//! It remembers the hashes of the newest blocks. As long as they stand nothing has been undone, and nothing is asked
//! about the payments in them. It writes nothing: a payment that has settled stays so, in whichever transaction.

mod marks;

use std::sync::Arc;
use std::time::Duration;

use aipaygen_events::PaymentId;
use aipaygen_events::payment::Payment;
use aipaygen_journal::Journal;
use aipaygen_projections::Reader;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Settlements;
use crate::payment::{read_back, seconds};
use crate::settlement::{Settlement, Settles, Truth};
use crate::streams::Opened;
use marks::Marks;

/// How many payments are looked at after one reorganisation at most.
const PAYMENTS_MAX: u32 = 10_000;
/// How many payments are asked for at once: a node answers few at a time.
const LOOKUPS_IN_FLIGHT: usize = 8;

/// Looks whether what has settled still stands.
pub struct Watch {
    settlements: Arc<Settlements>,
    journal: Journal,
    reader: Reader,
    marks: Marks,
    /// The block after which payments have to be looked at; none while all of them stand.
    unsure_after: Option<u64>,
}

impl Watch {
    /// A watch over the settled payments that this reader finds. The first look is at all that are not final.
    #[must_use]
    pub fn new(settlements: Arc<Settlements>, journal: Journal, reader: Reader) -> Self {
        Self { settlements, journal, reader, marks: Marks::default(), unsure_after: None }
    }

    /// Looks again and again, until the shutdown; a look that has begun is finished.
    pub async fn run(mut self, interval: Duration, shutdown: CancellationToken) {
        while shutdown.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            match self.sweep().await {
                0 => {}
                undone => tracing::warn!(undone, "settlements that a reorganisation had undone were made again"),
            }
        }
    }

    /// Looks once; how many settlements were made again.
    pub async fn sweep(&mut self) -> usize {
        if let Ok(Some(block)) = self.marks.changed_after(&self.settlements.chain).await {
            self.unsure_after = Some(self.unsure_after.map_or(block, |before| before.min(block)));
        }
        let Some(block) = self.unsure_after else { return 0 };
        let Ok(payments) = self.reader.payments_settled_after(block, PAYMENTS_MAX).await else {
            tracing::error!("settled payments cannot be looked for");
            return 0;
        };
        let looks = futures::stream::iter(payments).map(|payment| self.look(payment));
        let looks: Vec<Look> = looks.buffer_unordered(LOOKUPS_IN_FLIGHT).collect().await;
        if !looks.contains(&Look::Unsure) {
            self.unsure_after = None;
        }
        looks.iter().filter(|look| **look == Look::MadeAgain).count()
    }

    async fn look(&self, id: PaymentId) -> Look {
        let Ok(opened) = Opened::<Payment>::read(&self.journal, id).await else { return Look::Unsure };
        let (Some(claim), Some(since)) = (&opened.state.claim, opened.since) else { return Look::Stands };
        let payment = read_back(claim).filter(|payment| self.settlements.chain.is_of(payment));
        let Some(payment) = payment else { return Look::Stands };
        match self.settlements.lookup(&payment, seconds(since)).await {
            Truth::Settled(_) => Look::Stands,
            Truth::Unknown => Look::Unsure,
            Truth::Open => match self.settlements.settle(&payment, seconds(since)).await {
                Settlement::Settled(_) => Look::MadeAgain,
                Settlement::Failed { .. } | Settlement::Unknown { .. } => Look::Unsure,
            },
            Truth::Failed { .. } => {
                tracing::error!(payment = %id, "a settlement was undone and cannot be made again");
                Look::Stands
            }
        }
    }
}

/// What a look at a payment has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Nothing that can be done something about.
    Stands,
    /// It was undone, and was submitted again.
    MadeAgain,
    /// It has to be looked at again.
    Unsure,
}

//! The payments worker: serves the commands of the bus, works on the queue of ends, and reaps.

mod subjects;

use std::sync::Arc;

use aipaygen_bus::commands::{Authorize, Command, ENDS_QUEUE, End, IssueKey, ReceiptKeys, RevokeKey, Topup};
use aipaygen_bus::{BusError, ServeOptions, Serving, SharedBus};
use aipaygen_journal::Journal;
use aipaygen_projections::Reader;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::payments::Payments;
use crate::reaper::Reaper;
use crate::reconciler::Reconciler;
use crate::settings::{Settings, SettingsError};
use crate::settlement::Settles;
use subjects::{Answer, Desk, Ends, Subject};

/// What a payments worker is made of.
pub struct Deps {
    /// Where it is asked.
    pub bus: SharedBus,
    /// Where it writes.
    pub journal: Journal,
    /// Where the reaper looks for charges without an end.
    pub reader: Reader,
    /// How.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// Where x402 payments settle; `None` if they are not taken.
    pub chain: Option<Arc<dyn Settles>>,
}

/// Why a payments worker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are not sound.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The bus does not serve as asked.
    #[error("the payments worker cannot be reached: {0}")]
    Bus(#[from] BusError),
}

/// A payments worker that serves.
pub struct Worker {
    servings: Vec<Serving>,
    stop_looking: CancellationToken,
    looking: [JoinHandle<()>; 2],
}

/// Runs a payments worker until the shutdown, and ends when all that it had taken is answered.
pub async fn run(deps: Deps, shutdown: CancellationToken) -> Result<(), StartError> {
    let worker = Worker::start(deps).await?;
    shutdown.cancelled().await;
    worker.drain().await;
    Ok(())
}

impl Worker {
    /// Starts a payments worker; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, StartError> {
        let Deps { bus, journal, reader, settings, clock, chain } = deps;
        let payments = Payments::try_new(journal, &settings, clock)?;
        let payments = Arc::new(match chain {
            Some(chain) => payments.settling(chain),
            None => payments,
        });
        let desk = Arc::new(Desk { payments: Arc::clone(&payments), bus });
        let servings = serve_all(&desk, &settings).await?;
        let stop_looking = CancellationToken::new();
        let reaper = Reaper::new(Arc::clone(&payments), reader.clone(), &settings);
        let reconciler = Reconciler::new(payments, reader, &settings);
        let looking =
            [tokio::spawn(reaper.run(stop_looking.clone())), tokio::spawn(reconciler.run(stop_looking.clone()))];
        Ok(Self { servings, stop_looking, looking })
    }

    /// Takes nothing more, and returns when what was taken is answered.
    pub async fn drain(self) {
        self.stop_looking.cancel();
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
        for looking in self.looking {
            // It panics only if the log breaks the rules of money, and then it has said so.
            let _ = looking.await;
        }
    }
}

async fn serve_all(desk: &Arc<Desk>, settings: &Settings) -> Result<Vec<Serving>, BusError> {
    let concurrency = settings.commands_in_flight_max;
    Ok(vec![
        serve::<Authorize>(desk, concurrency).await?,
        serve::<End>(desk, concurrency).await?,
        serve::<Topup>(desk, concurrency).await?,
        serve::<IssueKey>(desk, concurrency).await?,
        serve::<RevokeKey>(desk, concurrency).await?,
        serve::<ReceiptKeys>(desk, concurrency).await?,
        desk.bus.work(ENDS_QUEUE, settings.queued_ends_in_flight_max, Arc::new(Ends(Arc::clone(desk)))).await?,
    ])
}

async fn serve<C: Command + 'static>(desk: &Arc<Desk>, concurrency: usize) -> Result<Serving, BusError>
where
    Desk: Answer<C>,
{
    let options = ServeOptions { subject: C::SUBJECT.to_owned(), concurrency };
    desk.bus.serve(options, Arc::new(Subject::<C>::new(Arc::clone(desk)))).await
}

//! The fetch worker: serves the checks and the calls of the queue `fetch` on the bus, and pages to other workers.

mod batch;
mod desk;
mod errands;
mod scrape;
pub(crate) mod search;

use std::process::Command;
use std::sync::Arc;

use aipaygen_apart::{Parent, Supervisor};
use aipaygen_bus::page::PAGE_SUBJECT;
use aipaygen_bus::tool::{check_subject, run_subject};
use aipaygen_bus::{BusError, Handler, ServeOptions, Serving, SharedBus};
use thiserror::Error;

use crate::half::Half;
use crate::outbound::TlsError;
use crate::process;
use crate::readers::Readers;
use crate::settings::{InvalidSetting, Settings};
use desk::{Check, Desk, Pages, Run};
use search::{Search, SearchError};

/// The queue of the catalogue's tools that fetch.
const QUEUE: &str = "fetch";

/// What a fetch worker is made of. There is no more: no database.
pub struct Deps {
    /// Where it is asked.
    pub bus: SharedBus,
    /// Its limits.
    pub settings: Settings,
    /// Who is asked to search.
    pub search: search::Settings,
}

/// How the other halves are started: programs that call [`crate::serve_fetches`] and [`crate::serve_reads`].
pub struct Processes {
    /// The one that reaches strangers' servers.
    pub fetches: Command,
    /// Those that read documents.
    pub readers: Vec<Command>,
}

/// Why a fetch worker cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A setting that cannot be.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// TLS cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The provider of searches cannot be asked.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A process of its own does not serve.
    #[error("fetches: {0}")]
    Apart(#[from] aipaygen_apart::StartError),
    /// The bus does not serve as asked.
    #[error("the fetch worker cannot be reached: {0}")]
    Bus(#[from] BusError),
}

/// A fetch worker that serves.
pub struct Worker {
    servings: Vec<Serving>,
    supervisors: Vec<Supervisor>,
}

impl Worker {
    /// Starts a fetch worker that does everything in this process; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, StartError> {
        let fetches = Half::Here(Arc::new(process::fetches(deps.settings.clone())?));
        let reads = vec![Half::Here(Arc::new(process::reads(deps.settings.clone()))); deps.settings.reader_count()];
        Self::serve(deps, fetches, reads, Vec::new()).await
    }

    /// Starts a fetch worker whose other halves are in processes of their own. When this returns it can be reached.
    pub async fn start_apart(deps: Deps, processes: Processes) -> Result<Self, StartError> {
        let settings = &deps.settings;
        let (fetches, supervisor) = Parent::start("fetch", processes.fetches, settings).await?;
        let (mut readers, mut supervisors) = (Vec::new(), vec![supervisor]);
        for process in processes.readers {
            let (reader, supervisor) = Parent::start("reader", process, settings).await?;
            readers.push(Half::Apart(reader));
            supervisors.push(supervisor);
        }
        Self::serve(deps, Half::Apart(fetches), readers, supervisors).await
    }

    async fn serve(
        deps: Deps,
        fetches: Half,
        readers: Vec<Half>,
        supervisors: Vec<Supervisor>,
    ) -> Result<Self, StartError> {
        let Deps { bus, settings, search } = deps;
        settings.validate()?;
        let search = Search::try_new(search, &settings)?;
        let concurrency = settings.calls_in_flight_max;
        let readers = Readers::new(readers, settings.reader_timeout_ms);
        let desk = Arc::new(Desk { fetches, readers, search, settings });
        let own: [(String, Arc<dyn Handler>); 3] = [
            (check_subject(QUEUE), Arc::new(Check(Arc::clone(&desk)))),
            (run_subject(QUEUE), Arc::new(Run(Arc::clone(&desk)))),
            (PAGE_SUBJECT.to_owned(), Arc::new(Pages(Arc::clone(&desk)))),
        ];
        let handlers = own.into_iter().chain(errands::handlers(&desk));
        let mut servings = Vec::new();
        for (subject, handler) in handlers {
            servings.push(bus.serve(ServeOptions { subject, concurrency }, handler).await?);
        }
        Ok(Self { servings, supervisors })
    }

    /// Takes nothing more, and returns when what was taken is answered.
    pub async fn drain(self) {
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
        for supervisor in self.supervisors {
            supervisor.stop().await;
        }
    }
}

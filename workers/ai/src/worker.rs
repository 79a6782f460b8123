//! The ai worker: serves the checks and the calls of the queue `ai` on the bus.

mod handlers;

use std::sync::Arc;

use aipaygen_bus::commands::Command;
use aipaygen_bus::models::AvailableModels;
use aipaygen_bus::tool::{check_subject, run_subject};
use aipaygen_bus::{BusError, Handler, ServeOptions, Serving, SharedBus};
use aipaygen_catalog::Catalog;
use thiserror::Error;

use crate::routes::Routes;
use crate::settings::{Settings, SettingsError};
use handlers::{Check, Desk, List, Run};

/// The queue of the catalogue's tools that a model answers.
const QUEUE: &str = "ai";

/// What an ai worker is made of: no database.
pub struct Deps {
    /// Where it is asked.
    pub bus: SharedBus,
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// Who answers.
    pub settings: Settings,
}

/// Why an ai worker cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A setting cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The bus does not serve as asked.
    #[error("the ai worker cannot be reached: {0}")]
    Bus(#[from] BusError),
}

/// An ai worker that serves.
pub struct Worker {
    servings: Vec<Serving>,
}

impl Worker {
    /// Starts an ai worker; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, StartError> {
        let Deps { bus, catalog, settings } = deps;
        settings.validate()?;
        let concurrency = settings.calls_in_flight_max;
        let routes = Routes::try_new(&catalog, &settings)?;
        let desk = Arc::new(Desk { catalog, routes });
        let served: [(String, Arc<dyn Handler>); 3] = [
            (check_subject(QUEUE), Arc::new(Check(desk.clone()))),
            (run_subject(QUEUE), Arc::new(Run(desk.clone()))),
            (AvailableModels::SUBJECT.to_owned(), Arc::new(List(desk))),
        ];
        let mut servings = Vec::new();
        for (subject, handler) in served {
            servings.push(bus.serve(ServeOptions { subject, concurrency }, handler).await?);
        }
        Ok(Self { servings })
    }

    /// Takes nothing more, and returns when what was taken is answered.
    pub async fn drain(self) {
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
    }
}

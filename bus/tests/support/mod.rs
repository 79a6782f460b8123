//! Two stages for one suite: the bus in one process, and private NATS servers.

mod handlers;
mod nats;
mod processes;
mod wait;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::local::LocalBus;
use aipaygen_bus::nats::NatsBus;
use aipaygen_bus::{Backend, Handler, ServeOptions, Serving, Settings, SharedBus};

pub(crate) use handlers::{Gate, Perform, ask, echo, handler};
pub(crate) use nats::NatsServer;
pub(crate) use processes::{Role, child};
pub(crate) use wait::{DEADLINE, at_once, soon, until};

/// Runs tests of this module, which take a [`Stage`], over both backends.
macro_rules! on_both_backends {
    ($($test:ident),+ $(,)?) => {
        mod local {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::support::Stage::local()).await;
            })+
        }
        mod nats {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::support::Stage::nats().await).await;
            })+
        }
    };
}

/// Where a test plays: a backend, and the settings of the buses on it.
pub(crate) struct Stage {
    pub(crate) settings: Settings,
    local: Option<Arc<LocalBus>>,
    pub(crate) server: Option<NatsServer>,
}

impl Stage {
    /// Everybody in one process.
    pub(crate) fn local() -> Self {
        Self { settings: Settings::default(), local: None, server: None }
    }

    /// A NATS server of this test alone.
    pub(crate) async fn nats() -> Self {
        let server = NatsServer::start().await;
        let settings = Settings { backend: Backend::Nats, url: server.url().into(), ..Settings::default() };
        Self { settings, local: None, server: Some(server) }
    }

    /// A bus as one more process would have it. In one process it is always the same.
    pub(crate) async fn bus(&mut self) -> SharedBus {
        match self.settings.backend {
            Backend::Nats => NatsBus::connect(&self.settings).await.unwrap(),
            Backend::Local => self.local.get_or_insert_with(|| LocalBus::new(&self.settings)).clone(),
        }
    }

    /// The NATS server.
    pub(crate) fn server(&mut self) -> &mut NatsServer {
        self.server.as_mut().expect("this test is for NATS")
    }
}

/// Serves a subject with room for many requests.
pub(crate) async fn serve(bus: &SharedBus, subject: &str, handler: Arc<dyn Handler>) -> Serving {
    serve_at_most(bus, subject, 100_000, handler).await
}

/// Serves a subject with room for so many requests.
pub(crate) async fn serve_at_most(bus: &SharedBus, subject: &str, most: usize, handler: Arc<dyn Handler>) -> Serving {
    bus.serve(ServeOptions { subject: subject.to_owned(), concurrency: most }, handler).await.unwrap()
}

/// A deadline that nothing in a test should reach.
pub(crate) fn far() -> Instant {
    Instant::now() + DEADLINE
}

/// A deadline this many milliseconds from now.
pub(crate) fn in_ms(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

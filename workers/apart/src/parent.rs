//! The parent: keeps one child alive, and hands it what comes from the bus.

use std::io;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::link::Link;

/// The pause before a child is started again. It doubles up to the longest for those that die young and of no call.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A child that has lived so long has not died of its start.
const HEALTHY: Duration = Duration::from_secs(10);

/// Why a child does not serve.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its process could not be started.
    #[error("a process of its own cannot be started: {0}")]
    Process(#[source] io::Error),
    /// It started, and said that it will not serve.
    #[error("the process started for it refused to serve: {0}")]
    Refused(String),
}

/// Hands calls to the child that is there, or waits for the next one.
#[derive(Clone, Debug)]
pub struct Parent {
    link: watch::Receiver<Option<Arc<Link>>>,
}

/// One subject, served by the child.
struct Remote {
    parent: Parent,
    subject: &'static str,
}

/// Keeps a child alive until it is stopped.
#[derive(Debug)]
pub struct Supervisor {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

impl Supervisor {
    /// Ends the child, and whatever is in it.
    pub async fn stop(self) {
        self.stop.cancel();
        // A supervisor that panicked has left its child to the end of the socket.
        let _ = self.done.await;
    }
}

impl Parent {
    /// Starts a child, and keeps one alive. What does not start at all is told at once. `name` is what logs call it.
    pub async fn start(
        name: &'static str,
        command: Command,
        settings: &impl Serialize,
    ) -> Result<(Self, Supervisor), StartError> {
        let settings = serde_json::to_vec(settings).map_err(|error| StartError::Process(error.into()))?;
        let mut recipe = Recipe { name, command, settings };
        let first = recipe.start().await?;
        let ((publish, link), stop) = (watch::channel(None), CancellationToken::new());
        let done = tokio::spawn(supervise(recipe, first, publish, stop.clone()));
        Ok((Self { link }, Supervisor { stop, done }))
    }

    /// Serves one of the child's subjects.
    #[must_use]
    pub fn serve(&self, subject: &'static str) -> Arc<dyn Handler> {
        Arc::new(Remote { parent: self.clone(), subject })
    }

    /// The child's reply; `None` if it went away before it had one, or the deadline passed before there was a child.
    pub async fn call(&self, subject: &str, request: Request) -> Option<Message> {
        let link = tokio::time::timeout_at(request.deadline.into(), self.alive()).await.ok()??;
        link.call(subject, request).await
    }

    /// Ends the child that is there, with whatever is in it; another one is started.
    pub fn abandon(&self) {
        if let Some(link) = &*self.link.borrow() {
            link.abandon();
        }
    }

    /// The child that is there, or the next one; `None` when there will be none.
    async fn alive(&self) -> Option<Arc<Link>> {
        let mut links = self.link.clone();
        links.wait_for(Option::is_some).await.ok()?.clone()
    }
}

#[async_trait]
impl Handler for Remote {
    async fn handle(&self, request: Request) -> Message {
        let reply = self.parent.call(self.subject, request).await;
        reply.unwrap_or_else(|| ToolOutcome::Failed.into_message())
    }
}

/// How a child is made.
struct Recipe {
    name: &'static str,
    command: Command,
    settings: Vec<u8>,
}

impl Recipe {
    async fn start(&mut self) -> Result<(Link, Child), StartError> {
        Link::start(&mut self.command, &self.settings).await
    }
}

async fn supervise(
    mut recipe: Recipe,
    first: (Link, Child),
    publish: watch::Sender<Option<Arc<Link>>>,
    stop: CancellationToken,
) {
    let name = recipe.name;
    let mut pause = PAUSE_MIN;
    let mut started = Ok(first);
    loop {
        let (born, mut died_of_a_call) = (Instant::now(), false);
        match started {
            Ok((link, child)) => {
                let link = Arc::new(link);
                publish.send_replace(Some(link.clone()));
                let stopped = stop.run_until_cancelled(link.gone.cancelled()).await.is_none();
                publish.send_replace(None);
                died_of_a_call = link.died_of_a_call();
                bury(name, child).await;
                if stopped {
                    return;
                }
                if link.was_abandoned() {
                    tracing::warn!("the {name} process was given up with what was in it, and another is started");
                } else {
                    tracing::error!("the {name} process died; what was in it is refunded, and another is started");
                }
            }
            Err(error) => tracing::error!(%error, "the {name} process does not start"),
        }
        pause = if died_of_a_call || born.elapsed() >= HEALTHY { PAUSE_MIN } else { PAUSE_MAX.min(pause * 2) };
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        started = recipe.start().await;
    }
}

/// Makes sure that it is dead, and takes its exit code from the kernel.
async fn bury(name: &str, mut child: Child) {
    let buried = spawn_blocking(move || {
        // It may be dead already.
        let _ = child.kill();
        child.wait()
    });
    if let Ok(Ok(status)) = buried.await {
        tracing::info!(%status, "the {name} process has ended");
    }
}

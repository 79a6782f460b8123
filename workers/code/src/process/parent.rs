//! The parent: keeps one child alive, and hands it what comes from the bus.

use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::frame::Subject;
use super::link::Link;
use crate::settings::Settings;
use crate::worker::StartError;

/// The pause before a child that has not lived long is started again; it doubles up to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A child that has lived so long has not died of its start.
const HEALTHY: Duration = Duration::from_secs(10);

/// Hands calls to the child that is there, or waits for the next one.
#[derive(Clone)]
pub(crate) struct Parent {
    link: watch::Receiver<Option<Arc<Link>>>,
}

/// One of the two subjects, served by the child.
pub(crate) struct Remote {
    parent: Parent,
    subject: Subject,
}

/// Keeps a child alive until it is stopped.
pub(crate) struct Supervisor {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

impl Supervisor {
    /// Ends the child, and whatever is in it.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        // A supervisor that panicked has left its child to the end of the socket.
        let _ = self.done.await;
    }
}

impl Parent {
    /// Starts a child, and keeps one alive. What does not start at all is told at once.
    pub(crate) async fn start(mut command: Command, settings: Settings) -> Result<(Self, Supervisor), StartError> {
        let first = Link::start(&mut command, &settings).await?;
        let ((publish, link), stop) = (watch::channel(None), CancellationToken::new());
        let done = tokio::spawn(supervise(command, settings, first, publish, stop.clone()));
        Ok((Self { link }, Supervisor { stop, done }))
    }

    /// Serves a subject with it.
    pub(crate) fn serve(&self, subject: Subject) -> Arc<dyn Handler> {
        Arc::new(Remote { parent: self.clone(), subject })
    }

    async fn call(&self, subject: Subject, request: Request) -> Option<Message> {
        let link = tokio::time::timeout_at(request.deadline.into(), self.alive()).await.ok()??;
        link.call(subject, request).await
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

async fn supervise(
    mut command: Command,
    settings: Settings,
    first: (Link, Child),
    publish: watch::Sender<Option<Arc<Link>>>,
    stop: CancellationToken,
) {
    let mut pause = PAUSE_MIN;
    let mut started = Ok(first);
    loop {
        let born = Instant::now();
        match started {
            Ok((link, child)) => {
                let link = Arc::new(link);
                publish.send_replace(Some(link.clone()));
                let stopped = stop.run_until_cancelled(link.gone.cancelled()).await.is_none();
                publish.send_replace(None);
                bury(child).await;
                if stopped {
                    return;
                }
                tracing::error!("the sandbox process died; what was in it is refunded, and another is started");
            }
            Err(error) => tracing::error!(%error, "the sandbox process does not start"),
        }
        pause = if born.elapsed() >= HEALTHY { PAUSE_MIN } else { PAUSE_MAX.min(pause * 2) };
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        started = Link::start(&mut command, &settings).await;
    }
}

/// Makes sure that it is dead, and takes its exit code from the kernel.
async fn bury(mut child: Child) {
    let buried = spawn_blocking(move || {
        // It may be dead already.
        let _ = child.kill();
        child.wait()
    });
    if let Ok(Ok(status)) = buried.await {
        tracing::info!(%status, "the sandbox process has ended");
    }
}

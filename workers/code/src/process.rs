//! The sandbox in a process of its own: strangers' programs share no memory with a secret, and a crash of the runtime
//! costs the calls that were in it and nothing else.

use std::sync::Arc;

use aipaygen_apart::{ChildError, Reach, RenounceError, Subjects, confine, renounce, show_page_map};
use aipaygen_bus::Handler;
use thiserror::Error;

use crate::runtime::{Loaded, Sandbox, SandboxError};
use crate::settings::Settings;
use crate::worker::{Check, Desk, Run};

/// The child's subjects: may this program run, and run it.
pub(crate) const CHECK: &str = "check";
pub(crate) const RUN: &str = "run";

/// The child has its socket, its runner, its event loop and its standard error.
const DESCRIPTORS_MAX: u64 = 64;

/// What the sandbox process keeps: nothing but what it has.
#[must_use]
pub const fn confinement() -> Reach {
    Reach { network: false, descriptors_max: DESCRIPTORS_MAX, memory_bytes_max: None }
}

/// Serves the parent at the other end of standard input until it goes away. The process must have one thread: what it
/// gives up before it starts others, those never have.
pub async fn serve_standard_input() -> Result<(), ChildError> {
    aipaygen_apart::serve_standard_input(subjects).await
}

fn subjects(settings: Settings) -> Result<Subjects, StartError> {
    let desk = Arc::new(Desk::new(sandbox(settings)?));
    if let Err(error) = confine(confinement()) {
        tracing::warn!(%error, "the sandbox process runs without the second wall around it");
    }
    let check: Arc<dyn Handler> = Arc::new(Check(Arc::clone(&desk)));
    Ok(Subjects::from([(CHECK, check), (RUN, Arc::new(Run(desk)))]))
}

/// The runner is loaded with what the parent may do; the threads that run programs are born without it.
fn sandbox(settings: Settings) -> Result<Sandbox, StartError> {
    show_page_map()?;
    let user_id = settings.user_id;
    let loaded = Loaded::try_new(settings)?;
    let renounced = renounce(user_id)?;
    tracing::debug!(user = renounced.user, landlock = renounced.landlock, "the sandbox process has renounced");
    Ok(loaded.start()?)
}

/// Why the process does not start.
#[derive(Debug, Error)]
enum StartError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Renounce(#[from] RenounceError),
}

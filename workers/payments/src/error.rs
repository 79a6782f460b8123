//! Why a command was not done, named for what its caller can do.

use aipaygen_events::account::Rejection;
use aipaygen_journal::{AppendError, Recorded};

/// Why a command to an account was not done. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The rules of the account refuse it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The reference has been credited already, with another amount or to another account.
    #[error("the reference stands for another deposit already")]
    ReferenceUsed,
    /// The log takes no more just now: try again later.
    #[error("the log takes no more just now")]
    Overloaded,
    /// The log cannot be reached. The cause is in the process's own log.
    #[error("the log cannot be reached")]
    Unavailable,
}

/// Why one attempt at a command was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The rules of the account, on a state that was read after the command came in, refuse it.
    Rejected(Rejection),
    /// The log holds the event already.
    Exists(Box<Recorded>),
    /// The decision was made on what is no longer so: decide again.
    Stale,
    /// The log takes no more just now, or the deadline has passed.
    Overloaded,
    /// The log cannot be reached.
    Unavailable,
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } => Self::Stale,
            AppendError::Duplicate { existing } => Self::Exists(existing),
            AppendError::Overloaded => Self::Overloaded,
            AppendError::Unavailable(cause) => {
                tracing::error!(%cause, "the log cannot be written");
                Self::Unavailable
            }
        }
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(rejection) => Self::Rejected(rejection),
            Failure::Stale | Failure::Overloaded => Self::Overloaded,
            // What exists is looked at by whoever knows what it means; nothing else is left to say of it here.
            Failure::Exists(_) | Failure::Unavailable => Self::Unavailable,
        }
    }
}

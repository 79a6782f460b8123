//! Why a model cannot be had, and why it gave no answer.

use std::path::PathBuf;

/// Why weights are not in memory.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is not the weights of such a model.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There are no threads to compute on.
    #[error("the threads of the embedded model cannot be started: {0}")]
    Threads(String),
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// As many generations wait as may.
    #[error("as many generations wait as may")]
    Busy,
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {tokens} tokens, and at most {tokens_max} fit")]
    TooLong {
        /// Of the prompt.
        tokens: usize,
        /// That fit, with the answer asked for.
        tokens_max: usize,
    },
    /// Nobody waits any more, and nothing was generated.
    #[error("nobody waits any more")]
    Cancelled,
    /// The arithmetic failed. The reason says nothing of the prompt.
    #[error("the model failed: {0}")]
    Failed(String),
}

//! The two faces of the service: its own, and that of `OpenAI` for clients that know no other.

/// How a caller is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// As we do.
    Native,
    /// As `OpenAI` does, below `/v1/`.
    OpenAi,
}

impl Face {
    /// The face at this path.
    pub(crate) fn of_path(path: &str) -> Self {
        if path.starts_with("/v1/") { Self::OpenAi } else { Self::Native }
    }
}

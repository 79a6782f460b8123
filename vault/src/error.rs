//! Why the vault does not give what was asked for.

use aipaygen_journal::db::DbError;

/// Why something was not kept or not opened. No text of it quotes anything that is kept.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database failed.
    #[error("the vault's database: {0}")]
    Database(#[from] DbError),
    /// A data key is wrapped by a key that is not configured.
    #[error("a data key is wrapped by the key {wrapped_by}, which vault.keys does not have")]
    UnknownKey {
        /// The id of that key.
        wrapped_by: String,
    },
    /// What is kept is not what was put there: its bytes, or its place.
    #[error("what the vault keeps in {table} was changed or moved")]
    Tampered {
        /// Where.
        table: &'static str,
    },
    /// The operating system has no randomness.
    #[error("no randomness")]
    NoRandomness,
}

impl VaultError {
    /// Whether the same may succeed later.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Database(DbError::Away(_)))
    }
}

//! What must hold across the configuration before anything starts.

use anyhow::{Context, ensure};

use super::Config;

impl Config {
    /// Checks every section, and what holds between them. What one role alone needs (a secret, a server) is checked
    /// when that role starts: a process is not asked for secrets that it must not have.
    pub(crate) fn validate(&self) -> anyhow::Result<()> {
        self.server.validate()?;
        self.projections.validate().context("projections")?;
        self.database.validate().context("database")?;
        ensure!(self.ping.calls_in_flight_max > 0, "ping.calls_in_flight_max must be above zero");
        Ok(())
    }
}

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
        self.x402.validate().context("x402")?;
        self.fetch.validate()?;
        self.ai.validate()?;
        ensure!(self.ping.calls_in_flight_max > 0, "ping.calls_in_flight_max must be above zero");
        self.apis.validate()?;
        self.webhooks.validate()?;
        self.validate_settlement_times()?;
        self.validate_fetches()?;
        self.validate_end_of_charges()
    }

    /// A settlement is at work for as long as somebody waits for it. Were it taken over before, two workers would
    /// submit the same payment: the token obeys one, and the gas of the other is lost.
    fn validate_settlement_times(&self) -> anyhow::Result<()> {
        ensure!(
            self.x402.settle_timeout_ms < self.payments.settlement_timeout_ms,
            "x402.settle_timeout_ms must be below payments.settlement_timeout_ms, which is {}",
            self.payments.settlement_timeout_ms
        );
        Ok(())
    }

    /// A name is looked up before the charge, and its refusal waits for its moment: the ingress has to wait as long.
    fn validate_fetches(&self) -> anyhow::Result<()> {
        let slowest_ms = self.fetch.dns_timeout_ms.saturating_add(self.fetch.refusal_step_ms);
        ensure!(
            slowest_ms < self.server.check_timeout_ms,
            "fetch.dns_timeout_ms + fetch.refusal_step_ms is {slowest_ms} and must be below server.check_timeout_ms, \
             which is {}: a refusal would come out as an overload",
            self.server.check_timeout_ms
        );
        Ok(())
    }

    /// An end whose payments worker died goes to another one after `bus.ack_wait_ms`. Were the reaper there first, an
    /// answered call would be given back.
    fn validate_end_of_charges(&self) -> anyhow::Result<()> {
        let catalog = crate::roles::catalog(&self.catalog)?;
        let shortest_call_ms = catalog.tools().map(|tool| tool.timeout_ms).min().unwrap_or_default();
        let reaped_after_ms = shortest_call_ms
            .saturating_add(self.server.charge_margin_ms)
            .saturating_add(self.payments.reaper_grace_ms);
        ensure!(
            reaped_after_ms > self.bus.ack_wait_ms,
            "bus.ack_wait_ms is {} and must be below {reaped_after_ms}, which is the shortest tool's timeout_ms + \
             server.charge_margin_ms + payments.reaper_grace_ms: an answered call would be refunded before another \
             worker completes it",
            self.bus.ack_wait_ms
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use crate::config::Config;

    #[test]
    fn a_refusal_comes_before_the_ingress_gives_up() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |dns_timeout_ms: u64| {
            std::fs::write(file.path(), format!("fetch.dns_timeout_ms = {dns_timeout_ms}\n")).unwrap();
            Config::load(Some(file.path()), None, None).unwrap().validate()
        };
        // The shipped settings: 2,000 less 250.
        assert!(with(1_749).is_ok());
        assert!(with(1_750).unwrap_err().to_string().starts_with("fetch.dns_timeout_ms"));
    }

    #[test]
    fn the_reaper_comes_after_the_second_worker() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |ack_wait_ms: u64| {
            std::fs::write(file.path(), format!("bus.ack_wait_ms = {ack_wait_ms}\n")).unwrap();
            Config::load(Some(file.path()), None, None).unwrap().validate()
        };
        // The shipped settings and the shortest tool: 5,000 + 30,000 + 2,000.
        assert!(with(36_999).is_ok());
        assert!(with(37_000).unwrap_err().to_string().starts_with("bus.ack_wait_ms is 37000"));
    }
}

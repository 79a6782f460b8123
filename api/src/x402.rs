//! Being paid by strangers: on which terms, and who puts their payments on the chain.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_x402::Terms;

/// The terms of x402, of which every 402 tells.
#[derive(Clone, Debug)]
pub struct X402 {
    /// How an offer of ours is paid.
    pub terms: Arc<Terms>,
    /// The facilitator that settles; `None` where we do it ourselves.
    pub facilitator_url: Option<String>,
    /// How long a caller is kept waiting for the settlement of a payment.
    pub settle_timeout: Duration,
}

//! What a route sells.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_catalog::Tool;
use aipaygen_events::MicroUsd;
use serde_json::Value;

use super::quote::{self, Quote};
use crate::ingress::Ingress;
use crate::x402::X402;

/// A tool at one of its routes.
pub(crate) struct Offer {
    /// Its name in the catalogue.
    pub(crate) tool: String,
    /// The path that it answers on.
    pub(crate) path: String,
    /// Method and path: what is charged, logged and shown.
    pub(crate) endpoint: String,
    pub(crate) price: MicroUsd,
    pub(crate) queue: String,
    pub(crate) check: bool,
    /// Whether its tokens can be counted.
    pub(crate) metered: bool,
    /// Whether it can be answered bit by bit.
    pub(crate) streams: bool,
    pub(crate) timeout: Duration,
    /// How a wallet pays, where x402 is taken.
    pub(super) quote: Option<Arc<Quote>>,
}

impl Offer {
    /// Everything that is sold, at each of its routes.
    pub(crate) fn all(ingress: &Ingress) -> Vec<Arc<Self>> {
        let offers = ingress.catalog.tools().flat_map(|tool| Self::of(ingress, tool));
        offers.map(Arc::new).collect()
    }

    fn of(ingress: &Ingress, tool: &Tool) -> impl Iterator<Item = Self> {
        let paths = std::iter::once(format!("/tools/{}", tool.name)).chain(tool.routes.iter().cloned());
        paths.map(|path| Self::at(ingress, tool, path))
    }

    fn at(ingress: &Ingress, tool: &Tool, path: String) -> Self {
        let offer = Self {
            tool: tool.name.clone(),
            endpoint: format!("POST {path}"),
            path,
            price: tool.price,
            queue: tool.queue.clone(),
            check: tool.check,
            metered: tool.model.is_some(),
            streams: tool.model.as_ref().is_some_and(|model| model.stream),
            timeout: Duration::from_millis(tool.timeout_ms),
            quote: None,
        };
        let quote = ingress.x402.as_ref().map(|x402| Arc::new(offer.quoted(ingress, x402, tool)));
        Self { quote, ..offer }
    }

    fn quoted(&self, ingress: &Ingress, x402: &X402, tool: &Tool) -> Quote {
        let url = format!("{}{}", ingress.public_url, self.path);
        Quote::new(x402, url, tool.summary.clone(), self.price, Some(&quote::discovery(tool)))
    }

    /// The entries of `accepts` in version 2; none where x402 is not taken.
    pub(crate) fn accepts(&self) -> Option<Value> {
        self.quote.as_ref().map(|quote| quote.accepts())
    }
}

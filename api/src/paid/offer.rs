//! What a route sells.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_catalog::{Catalog, Tool};
use aipaygen_events::MicroUsd;

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
}

impl Offer {
    /// Everything that is sold, at each of its routes.
    pub(crate) fn all(catalog: &Catalog) -> Vec<Arc<Self>> {
        catalog.tools().flat_map(Self::of).map(Arc::new).collect()
    }

    fn of(tool: &Tool) -> impl Iterator<Item = Self> {
        let paths = std::iter::once(format!("/tools/{}", tool.name)).chain(tool.routes.iter().cloned());
        paths.map(|path| Self {
            tool: tool.name.clone(),
            endpoint: format!("POST {path}"),
            path,
            price: tool.price,
            queue: tool.queue.clone(),
            check: tool.check,
            metered: tool.model.is_some(),
            streams: tool.model.as_ref().is_some_and(|model| model.stream),
            timeout: Duration::from_millis(tool.timeout_ms),
        })
    }
}

//! What is sold: one file a tool, in `catalog/tools`, with its price, its schemas and where it is worked on.
//!
//! Pure: no I/O and no model. Adding a tool is adding a file; prices, validation and every machine-readable
//! surface come from here, so that they cannot disagree.

mod api;
mod apis;
mod tool;
mod validate;

use std::collections::BTreeMap;

pub use api::{ApiEndpoint, ApiEntry, ApiError, Auth, Call, Outgoing};
pub use apis::{Apis, Search};
pub use tool::{Example, Tool, ToolError};
pub use validate::{Invalid, Violation};

/// The tools that come with the program, by file.
const BUILT_IN: &[(&str, &str)] = &[
    ("api_call.toml", include_str!("../tools/api_call.toml")),
    ("code_run.toml", include_str!("../tools/code_run.toml")),
    ("ping.toml", include_str!("../tools/ping.toml")),
    ("scrape.toml", include_str!("../tools/scrape.toml")),
    ("scrape_batch.toml", include_str!("../tools/scrape_batch.toml")),
    ("search.toml", include_str!("../tools/search.toml")),
];

/// Every tool that is sold, by name.
#[derive(Debug)]
pub struct Catalog {
    tools: BTreeMap<String, Tool>,
}

/// Why a catalogue cannot be.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file is not a tool.
    #[error("{file}: {source}")]
    Tool {
        /// Which file.
        file: String,
        /// Why not.
        #[source]
        source: ToolError,
    },
    /// Two tools have one name, or answer on one route.
    #[error("{file}: {what} is taken by another tool")]
    Taken {
        /// Which file.
        file: String,
        /// The name or the route.
        what: String,
    },
}

impl Catalog {
    /// The tools that come with the program.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::try_new(BUILT_IN.iter().copied())
    }

    /// The tools of these files, given as name and content.
    pub fn try_new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogError> {
        let mut catalog = Self { tools: BTreeMap::new() };
        for (file, text) in files {
            catalog.add(file, text)?;
        }
        Ok(catalog)
    }

    /// Adds the tool of one more file.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CatalogError> {
        let tool = Tool::parse(text).map_err(|source| CatalogError::Tool { file: file.to_owned(), source })?;
        let taken = |what: &str| CatalogError::Taken { file: file.to_owned(), what: what.to_owned() };
        if self.tools.contains_key(&tool.name) {
            return Err(taken(&tool.name));
        }
        let mut routes = self.tools.values().flat_map(|other| &other.routes);
        if let Some(route) = routes.find(|route| tool.routes.contains(route)) {
            return Err(taken(route));
        }
        self.tools.insert(tool.name.clone(), tool);
        Ok(())
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.tools.get(name)
    }

    /// Every tool, by name.
    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.tools.values()
    }
}

#[cfg(test)]
mod tests;

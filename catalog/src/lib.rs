//! What is sold: one file a tool, in `catalog/tools`, with its price, its schemas and where it is worked on;
//! and the models that answer, with what their tokens cost.
//!
//! Pure: no I/O, and nothing that calls a model. Adding a tool is adding a file; prices, validation and every
//! machine-readable surface come from here, so that they cannot disagree.

mod api;
mod apis;
mod model_call;
mod models;
mod template;
mod tool;
mod validate;

use std::collections::BTreeMap;

pub use api::{ApiEndpoint, ApiEntry, ApiError, Auth, Call, Outgoing};
pub use apis::{Apis, Search};
pub use model_call::{Form, Method, ModelCall};
pub use models::{Capability, EMBEDDED, Model, Models, ModelsError, Rate};
pub use template::{Template, TemplateError};
pub use tool::{Example, Tool, ToolError};
pub use validate::{Invalid, Violation};

/// The tools that come with the program, by file.
const BUILT_IN: &[(&str, &str)] = &[
    ("action.toml", include_str!("../tools/action.toml")),
    ("analyze.toml", include_str!("../tools/analyze.toml")),
    ("api_call.toml", include_str!("../tools/api_call.toml")),
    ("batch.toml", include_str!("../tools/batch.toml")),
    ("chain.toml", include_str!("../tools/chain.toml")),
    ("changelog.toml", include_str!("../tools/changelog.toml")),
    ("chat.toml", include_str!("../tools/chat.toml")),
    ("classify.toml", include_str!("../tools/classify.toml")),
    ("code.toml", include_str!("../tools/code.toml")),
    ("code_run.toml", include_str!("../tools/code_run.toml")),
    ("compare.toml", include_str!("../tools/compare.toml")),
    ("convert_code.toml", include_str!("../tools/convert_code.toml")),
    ("debate.toml", include_str!("../tools/debate.toml")),
    ("decide.toml", include_str!("../tools/decide.toml")),
    ("diagram.toml", include_str!("../tools/diagram.toml")),
    ("diff.toml", include_str!("../tools/diff.toml")),
    ("email.toml", include_str!("../tools/email.toml")),
    ("explain.toml", include_str!("../tools/explain.toml")),
    ("extract.toml", include_str!("../tools/extract.toml")),
    ("fact.toml", include_str!("../tools/fact.toml")),
    ("generate_api_spec.toml", include_str!("../tools/generate_api_spec.toml")),
    ("generate_docs.toml", include_str!("../tools/generate_docs.toml")),
    ("headline.toml", include_str!("../tools/headline.toml")),
    ("json_schema.toml", include_str!("../tools/json_schema.toml")),
    ("keywords.toml", include_str!("../tools/keywords.toml")),
    ("language.toml", include_str!("../tools/language.toml")),
    ("mock.toml", include_str!("../tools/mock.toml")),
    ("name_generator.toml", include_str!("../tools/name_generator.toml")),
    ("outline.toml", include_str!("../tools/outline.toml")),
    ("parse_csv.toml", include_str!("../tools/parse_csv.toml")),
    ("ping.toml", include_str!("../tools/ping.toml")),
    ("pipeline.toml", include_str!("../tools/pipeline.toml")),
    ("pitch.toml", include_str!("../tools/pitch.toml")),
    ("plan.toml", include_str!("../tools/plan.toml")),
    ("privacy_check.toml", include_str!("../tools/privacy_check.toml")),
    ("proofread.toml", include_str!("../tools/proofread.toml")),
    ("qa.toml", include_str!("../tools/qa.toml")),
    ("questions.toml", include_str!("../tools/questions.toml")),
    ("rag.toml", include_str!("../tools/rag.toml")),
    ("regex.toml", include_str!("../tools/regex.toml")),
    ("review_code.toml", include_str!("../tools/review_code.toml")),
    ("rewrite.toml", include_str!("../tools/rewrite.toml")),
    ("score.toml", include_str!("../tools/score.toml")),
    ("scrape.toml", include_str!("../tools/scrape.toml")),
    ("scrape_batch.toml", include_str!("../tools/scrape_batch.toml")),
    ("search.toml", include_str!("../tools/search.toml")),
    ("sentiment.toml", include_str!("../tools/sentiment.toml")),
    ("social.toml", include_str!("../tools/social.toml")),
    ("sql.toml", include_str!("../tools/sql.toml")),
    ("summarize.toml", include_str!("../tools/summarize.toml")),
    ("tag.toml", include_str!("../tools/tag.toml")),
    ("test_cases.toml", include_str!("../tools/test_cases.toml")),
    ("timeline.toml", include_str!("../tools/timeline.toml")),
    ("transform.toml", include_str!("../tools/transform.toml")),
    ("translate.toml", include_str!("../tools/translate.toml")),
    ("v1_chat_completions.toml", include_str!("../tools/v1_chat_completions.toml")),
    ("v1_embeddings.toml", include_str!("../tools/v1_embeddings.toml")),
    ("vision.toml", include_str!("../tools/vision.toml")),
    ("write.toml", include_str!("../tools/write.toml")),
];

/// Every tool that is sold, by name.
#[derive(Debug)]
pub struct Catalog {
    models: Models,
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
    /// The models that come with the program cannot be read.
    #[error("models.toml: {0}")]
    Models(#[from] ModelsError),
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
        Self::built_in_over(Models::built_in()?)
    }

    /// The same tools, over other models.
    pub fn built_in_over(models: Models) -> Result<Self, CatalogError> {
        Self::over(models, BUILT_IN.iter().copied())
    }

    /// The tools of these files, given as name and content, over the models that come with the program.
    pub fn try_new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogError> {
        Self::over(Models::built_in()?, files)
    }

    fn over<'a>(models: Models, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogError> {
        let mut catalog = Self { models, tools: BTreeMap::new() };
        for (file, text) in files {
            catalog.add(file, text)?;
        }
        Ok(catalog)
    }

    /// Adds the tool of one more file.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CatalogError> {
        let tool =
            Tool::parse(text, &self.models).map_err(|source| CatalogError::Tool { file: file.to_owned(), source })?;
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

    /// The models that tools are answered by.
    #[must_use]
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// Every tool, by name.
    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.tools.values()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tools_tests;

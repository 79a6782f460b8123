//! The AI tools: model providers, the embedded model, and what is sold on top of them.
//!
//! A tool is a file of the catalogue; this crate renders its prompt, has a model answer it, and holds the answer
//! against the tool's schema. It knows no account and decides nothing about money: it tells what was used, and by
//! which model. Prompts, answers and what providers say of a failure are in memory only, and never in a log.

mod answer;
mod embedded;
mod engine;
mod forms;
mod json;
mod prompt;
mod provider;
mod routes;
mod settings;
mod worker;

pub use aipaygen_embedded::Settings as EmbeddedSettings;
pub use settings::{Dialect, ProviderSettings, Settings, SettingsError};
pub use worker::{Deps, StartError, Worker};

//! The section `ai` of the configuration: who answers, and how long that may take.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// The settings of an ai worker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many calls are answered at once; the next is told "busy".
    pub calls_in_flight_max: usize,
    /// Who answers a call that names no model: the first that can be reached and that the tool may use.
    pub default_models: Vec<String>,
    /// How often a provider is asked before the next model has its turn.
    pub attempts_max: u32,
    /// The pause after the first failed attempt; each further one doubles it, up to the other.
    pub retry_pause_ms: u64,
    /// The longest pause, and the longest `Retry-After` that is waited for.
    pub retry_pause_ms_max: u64,
    /// After how many failures in a row a provider is left alone.
    pub breaker_failures: u32,
    /// For how long.
    pub breaker_pause_ms: u64,
    /// How long connecting to a provider may take.
    pub connect_timeout_ms: u64,
    /// How long a provider may be silent, before its answer and within it.
    pub silence_ms_max: u64,
    /// How much a provider may answer.
    pub answer_bytes_max: usize,
    /// Who answers where a model cannot: aliases in the order in which they are tried.
    pub fallbacks: BTreeMap<String, Vec<String>>,
    /// The models that come with the program.
    pub embedded: aipaygen_embedded::Settings,
    /// The providers, by the name that the catalogue's models give them.
    pub providers: BTreeMap<String, ProviderSettings>,
}

/// How a provider is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// The HTTP dialect that it speaks.
    pub dialect: Dialect,
    /// What comes before the paths of the dialect.
    pub url: String,
    /// Its key. Without one it is not used, unless it is `keyless`.
    #[serde(default)]
    pub key: SecretString,
    /// A file that holds its key.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// Whether it asks for no key, as a server of one's own.
    #[serde(default)]
    pub keyless: bool,
    /// The models that it runs, alias to its own name for them, beyond what the catalogue says.
    #[serde(default)]
    pub models: BTreeMap<String, String>,
}

/// The HTTP dialect of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's Chat Completions, as spoken by Ollama, llama.cpp, vLLM, DeepSeek and many more.
    OpenAi,
    /// Google's Gemini.
    Gemini,
}

/// Which setting cannot be.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A value that cannot be.
    #[error("ai.{field}: {reason}")]
    Field {
        /// Which.
        field: String,
        /// Why not.
        reason: String,
    },
    /// A key that cannot be read.
    #[error("ai.providers.{provider}.key_file: {source}")]
    KeyFile {
        /// Whose key.
        provider: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Settings {
    /// Refuses what cannot be, by name.
    pub fn validate(&self) -> Result<(), SettingsError> {
        require(self.calls_in_flight_max > 0, "calls_in_flight_max", "at least 1")?;
        require(self.attempts_max > 0, "attempts_max", "at least 1")?;
        require(self.breaker_failures > 0, "breaker_failures", "at least 1")?;
        require(self.connect_timeout_ms > 0, "connect_timeout_ms", "at least 1")?;
        require(self.silence_ms_max > 0, "silence_ms_max", "at least 1")?;
        require(self.answer_bytes_max > 0, "answer_bytes_max", "at least 1")?;
        let embedded = &self.embedded;
        require(embedded.context_tokens_max > 1, "embedded.context_tokens_max", "at least 2")?;
        require(embedded.answer_tokens_max > 0, "embedded.answer_tokens_max", "at least 1")?;
        require(embedded.generations_in_parallel > 0, "embedded.generations_in_parallel", "at least 1")?;
        for (name, provider) in &self.providers {
            let web = provider.url.starts_with("https://") || provider.url.starts_with("http://");
            require(
                web && !provider.url.ends_with('/'),
                &format!("providers.{name}.url"),
                "http(s)://… without a / at its end",
            )?;
            require(name != aipaygen_catalog::EMBEDDED, "providers.embedded", "that is this program itself")?;
        }
        Ok(())
    }
}

impl ProviderSettings {
    /// The key, from wherever it is; `None` if there is none.
    pub(crate) fn read_key(&self, name: &str) -> Result<Option<SecretString>, SettingsError> {
        if !self.key.expose_secret().is_empty() {
            return Ok(Some(self.key.clone()));
        }
        let Some(file) = self.key_file.as_ref().filter(|file| !file.as_os_str().is_empty()) else { return Ok(None) };
        let text = std::fs::read_to_string(file)
            .map_err(|source| SettingsError::KeyFile { provider: name.to_owned(), source })?;
        Ok(Some(text.trim().to_owned().into()))
    }
}

fn require(kept: bool, field: &str, reason: &str) -> Result<(), SettingsError> {
    if kept { Ok(()) } else { Err(SettingsError::Field { field: field.to_owned(), reason: reason.to_owned() }) }
}

//! What an operator decides about the embedded models: one section of the configuration file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the weights are, and the limits of a generation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether there are embedded models.
    pub enabled: bool,
    /// The language model: a GGUF file of the llama architecture.
    pub model: PathBuf,
    /// The word vectors: a safetensors file with one table of f16.
    pub vectors: PathBuf,
    /// The tokenizer of the word vectors.
    pub vectors_tokenizer: PathBuf,
    /// Prompt and answer together, in tokens.
    pub context_tokens_max: usize,
    /// The longest answer, in tokens.
    pub answer_tokens_max: usize,
    /// Threads that all generations share; 0 for one a core.
    pub threads: usize,
    /// Generations at the same time.
    pub generations_in_parallel: usize,
    /// Generations that may wait for their turn before the next is told to come back later.
    pub generations_waiting_max: usize,
    /// How many tokens of the tools' fixed prompts are remembered as attention states.
    pub prefix_tokens_max: usize,
}

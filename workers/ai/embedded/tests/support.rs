//! The settings of the shipped weights.

use std::path::{Path, PathBuf};

use aipaygen_embedded::{Generation, Prompt, Role, Sampling, Settings, Turn};

pub(crate) const GREEDY: Sampling = Sampling { temperature: 0.0, top_p: 1.0, repetition_penalty: 1.0, seed: 1 };

pub(crate) fn settings() -> Settings {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/models");
    let file = |name: &str| -> PathBuf { models.join(name) };
    Settings {
        enabled: true,
        model: file("smollm2-135m-instruct.gguf"),
        vectors: file("wordllama-256.safetensors"),
        vectors_tokenizer: file("wordllama-256.tokenizer.json"),
        context_tokens_max: 512,
        answer_tokens_max: 128,
        threads: 1,
        generations_in_parallel: 1,
        generations_waiting_max: 1,
        prefix_tokens_max: 512,
    }
}

/// A question after fixed instructions, or after none.
pub(crate) fn asked(fixed: &str, question: &str, tokens_max: usize) -> Generation {
    let fixed = (!fixed.is_empty()).then(|| Turn::new(Role::System, fixed));
    let prompt = Prompt { fixed: fixed.into_iter().collect(), turns: vec![Turn::new(Role::User, question)] };
    Generation { prompt, sampling: GREEDY, tokens_max, stops: Vec::new() }
}

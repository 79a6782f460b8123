//! What a provider says was used, and what is taken for it where it says nothing or nonsense.

use aipaygen_events::account::Tokens;
use serde_json::Value;

/// How many bytes of text are taken for a token where nobody counts.
const BYTES_PER_TOKEN: usize = 4;

/// What was used, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
}

impl Usage {
    /// The counts at these places, where there are any.
    pub(super) fn note(&mut self, usage: &Value, input: &str, output: &str) {
        self.input = usage[input].as_u64().or(self.input);
        self.output = usage[output].as_u64().or(self.output);
    }

    /// What is billed for so many bytes of answer: what the provider says, within what is possible; where it says
    /// nothing, what was written is estimated, and nothing for what was read.
    pub(super) fn tokens(self, written_bytes: usize, input_max: u64) -> Tokens {
        let estimate = u64::try_from(written_bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX);
        // A model that thinks writes tokens that nobody sees: only the hold bounds what it says it wrote.
        Tokens { input: self.input.unwrap_or_default().min(input_max), output: self.output.unwrap_or(estimate) }
    }
}

//! The models that come with the program: a small language model, word vectors, and statistics of text.
//!
//! Computes, and does nothing else: no bus, no network, no clock but a deadline, and no word of what is sold.
//! What passes through is kept nowhere; only the fixed prompts of tools are remembered, as attention states.

mod error;
mod generator;
mod settings;
mod text;
mod vectors;
mod weights;

pub use error::{GenerateError, LoadError};
pub use generator::{Finish, Generated, Generation, Generator, Piece, Prompt, Role, Sampling, Turn, Usage};
pub use settings::Settings;
pub use text::{compare, keywords, language, nearest, sentences, sentiment, summary};
pub use vectors::Vectors;

/// A number as it is shown: three decimals.
#[expect(clippy::float_arithmetic, reason = "rounding a float")]
#[must_use]
pub fn rounded(number: impl Into<f64>) -> f64 {
    (number.into() * 1000.0).round() / 1000.0
}

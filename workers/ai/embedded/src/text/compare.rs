//! What two texts have in common, sentence by sentence.

use super::sentences;
use crate::Vectors;
use crate::vectors::cosine;

/// Sentences this much alike say the same.
const SAME: f32 = 0.75;

/// What two texts have in common, and what only one says.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How alike they are in meaning, from 0 to 1.
    pub similarity: f32,
    /// Sentences of the first that the second says too.
    pub both: Vec<String>,
    /// Sentences of the first alone.
    pub only_first: Vec<String>,
    /// Sentences of the second alone.
    pub only_second: Vec<String>,
}

/// Compares two texts.
#[must_use]
pub fn of(vectors: &Vectors, first: &str, second: &str) -> Comparison {
    let embed = |text: &str| -> Vec<_> {
        sentences::of(text).into_iter().map(|sentence| (vectors.embed(&sentence), sentence)).collect()
    };
    let (one, other) = (embed(first), embed(second));
    let (both, only_first) = split(one.clone(), &other);
    let (_, only_second) = split(other, &one);
    let similarity = vectors.similarity(first, second).clamp(0.0, 1.0);
    Comparison { similarity, both, only_first, only_second }
}

/// The sentences that another text says too, and those that it does not.
fn split(sentences: Vec<(Vec<f32>, String)>, other: &[(Vec<f32>, String)]) -> (Vec<String>, Vec<String>) {
    let said = |vector: &[f32]| other.iter().any(|(candidate, _)| cosine(vector, candidate) >= SAME);
    let (both, only): (Vec<_>, Vec<_>) = sentences.into_iter().partition(|(vector, _)| said(vector));
    let text = |sentences: Vec<(Vec<f32>, String)>| sentences.into_iter().map(|(_, sentence)| sentence).collect();
    (text(both), text(only))
}

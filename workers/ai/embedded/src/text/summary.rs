//! A summary of a text's own sentences: those nearest to what the whole is about, and not to each other.

#![expect(clippy::float_arithmetic, reason = "vectors are floats")]

use super::sentences;
use crate::Vectors;
use crate::vectors::{cosine, normalised};

/// How much being near to the whole counts against being unlike what was picked already.
const RELEVANCE: f32 = 0.7;
/// What the first sentence of a text has on the last: writers begin with what matters.
const HEAD_START: f32 = 0.15;
/// A sentence of fewer words says too little to stand for the whole.
const WORDS_MIN: usize = 4;

struct Candidate {
    place: usize,
    vector: Vec<f32>,
    relevance: f32,
}

/// At most `count` sentences of the text, in its order.
#[must_use]
pub fn of(vectors: &Vectors, text: &str, count: usize) -> Vec<String> {
    let sentences = sentences::of(text);
    if sentences.len() <= count {
        return sentences;
    }
    let mut picked = pick(candidates(vectors, &sentences), count);
    picked.sort_unstable();
    picked.into_iter().map(|place| sentences[place].clone()).collect()
}

fn candidates(vectors: &Vectors, sentences: &[String]) -> Vec<Candidate> {
    let embedded: Vec<_> = sentences.iter().map(|sentence| vectors.embed(sentence)).collect();
    let mut sum = vec![0.0; vectors.dimensions()];
    for vector in &embedded {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
    let centre = normalised(sum);
    let last = sentences.len().saturating_sub(1).max(1) as f32;
    let candidates = embedded.into_iter().enumerate().map(|(place, vector)| {
        let head_start = HEAD_START * (1.0 - place as f32 / last);
        Candidate { place, relevance: cosine(&vector, &centre) + head_start, vector }
    });
    let long = |candidate: &Candidate| sentences[candidate.place].split_whitespace().count() >= WORDS_MIN;
    let (long, short): (Vec<_>, Vec<_>) = candidates.partition(long);
    if long.is_empty() { short } else { long }
}

/// The places of the sentences that are picked, one after the other.
fn pick(mut left: Vec<Candidate>, count: usize) -> Vec<usize> {
    let mut picked: Vec<Candidate> = Vec::new();
    while picked.len() < count && !left.is_empty() {
        let best = left
            .iter()
            .enumerate()
            .max_by(|(_, one), (_, other)| worth(one, &picked).total_cmp(&worth(other, &picked)));
        let Some((best, _)) = best else { break };
        picked.push(left.swap_remove(best));
    }
    picked.into_iter().map(|candidate| candidate.place).collect()
}

fn worth(candidate: &Candidate, picked: &[Candidate]) -> f32 {
    let likeness = picked.iter().map(|other| cosine(&candidate.vector, &other.vector)).fold(0.0, f32::max);
    RELEVANCE * candidate.relevance - (1.0 - RELEVANCE) * likeness
}

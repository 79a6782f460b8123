//! What a text is nearest to: one of some categories, or some passages of documents.

#![expect(clippy::float_arithmetic, reason = "vectors are floats")]

use std::collections::HashSet;

use super::sentences;
use crate::Vectors;
use crate::vectors::{cosine, normalised};

/// How sharply a difference in likeness tells categories apart.
const SHARPNESS: f32 = 12.0;
/// How much a word that query and passage share counts beside their likeness in meaning.
const SHARED_WORDS: f32 = 0.5;
/// Sentences of a passage.
const PASSAGE_SENTENCES: usize = 2;

/// A passage of a document that is near to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Which document, from 0.
    pub document: usize,
    /// Its sentences.
    pub text: String,
    /// How near it is.
    pub score: f32,
}

/// The share of each category: together they are 1.
#[must_use]
pub fn shares(vectors: &Vectors, text: &str, categories: &[String]) -> Vec<f32> {
    let embedded: Vec<_> = categories.iter().map(|category| vectors.embed(category)).collect();
    let centre = mean(&embedded, vectors.dimensions());
    let text = vectors.embed(text);
    // What all categories have in common tells nothing of any.
    let apart =
        |vector: &Vec<f32>| normalised(vector.iter().zip(&centre).map(|(value, mean)| value - mean).collect());
    let weights: Vec<_> = embedded.iter().map(|vector| (SHARPNESS * cosine(&text, &apart(vector))).exp()).collect();
    let total: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The share that each of so many categories would have of nothing in particular.
#[must_use]
pub fn even_share(categories: usize) -> f32 {
    1.0 / categories.max(1) as f32
}

/// The passages that are nearest to a query, the nearest first, at most `count`.
#[must_use]
pub fn passages(vectors: &Vectors, documents: &[String], query: &str, count: usize) -> Vec<Passage> {
    let (wanted, words) = (vectors.embed(query), words(query));
    let mut passages: Vec<_> = documents.iter().enumerate().flat_map(|(n, text)| in_document(n, text)).collect();
    for passage in &mut passages {
        let likeness = cosine(&vectors.embed(&passage.text), &wanted);
        passage.score = likeness + SHARED_WORDS * shared(&words, &passage.text);
    }
    passages.sort_by(|one, other| other.score.total_cmp(&one.score));
    passages.truncate(count);
    passages
}

fn in_document(document: usize, text: &str) -> Vec<Passage> {
    let sentences = sentences::of(text);
    let passage = |sentences: &[String]| Passage { document, text: sentences.join(" "), score: 0.0 };
    sentences.chunks(PASSAGE_SENTENCES).map(passage).collect()
}

/// The words of a text that say something, in lower case.
fn words(text: &str) -> HashSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3);
    words.map(str::to_lowercase).collect()
}

/// The part of these words that a text has.
fn shared(wanted: &HashSet<String>, text: &str) -> f32 {
    let found = words(text).intersection(wanted).count();
    found as f32 / wanted.len().max(1) as f32
}

fn mean(vectors: &[Vec<f32>], dimensions: usize) -> Vec<f32> {
    let mut mean = vec![0.0; dimensions];
    for vector in vectors {
        mean.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value / vectors.len() as f32);
    }
    mean
}

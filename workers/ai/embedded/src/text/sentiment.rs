//! The sentiment of an English text, by a lexicon of words and what stands around them (VADER).

#![expect(clippy::float_arithmetic, reason = "sentiment is a number between -1 and 1")]

use vader_sentiment::SentimentIntensityAnalyzer;

use super::sentences;

/// What an author feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feeling {
    /// Well.
    Positive,
    /// Ill.
    Negative,
    /// Neither.
    Neutral,
    /// Strongly both.
    Mixed,
}

/// The sentiment of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sentiment {
    /// The judgement.
    pub feeling: Feeling,
    /// From -1 to 1.
    pub score: f64,
    /// From 0 to 1.
    pub confidence: f64,
}

/// A sentence beyond this, either way, is taken to feel something; the authors of the lexicon say 0.05.
const FELT: f64 = 0.05;
/// A sentence beyond this feels it strongly.
const STRONG: f64 = 0.3;

/// The sentiment of a text: the mean of its sentences that feel something.
#[must_use]
pub fn of(text: &str) -> Sentiment {
    let analyzer = SentimentIntensityAnalyzer::new();
    let score = |sentence: &String| analyzer.polarity_scores(sentence).get("compound").copied().unwrap_or(0.0);
    let scores: Vec<_> = sentences::of(text).iter().map(score).collect();
    let felt: Vec<_> = scores.iter().copied().filter(|score| score.abs() >= FELT).collect();
    let score = mean(&felt).clamp(-1.0, 1.0);
    let strongly = |way: fn(f64) -> f64| felt.iter().any(|score| way(*score) >= STRONG);
    let feeling = match (strongly(|score| score), strongly(|score| -score)) {
        (true, true) if score.abs() < STRONG => Feeling::Mixed,
        _ if score >= FELT => Feeling::Positive,
        _ if score <= -FELT => Feeling::Negative,
        _ => Feeling::Neutral,
    };
    Sentiment { feeling, score, confidence: confidence(feeling, score) }
}

/// A lexicon is never sure: half for nothing but a word, up to nine tenths.
fn confidence(feeling: Feeling, score: f64) -> f64 {
    match feeling {
        Feeling::Positive | Feeling::Negative => 0.5 + 0.4 * score.abs(),
        Feeling::Neutral | Feeling::Mixed => 0.5,
    }
}

fn mean(scores: &[f64]) -> f64 {
    if scores.is_empty() { 0.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 }
}

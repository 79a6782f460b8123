//! Chooses the next token by its score.

#![expect(clippy::float_arithmetic, reason = "probabilities are floats")]

use std::cmp::Ordering;

/// How the next token is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// 0 takes the likeliest; the higher, the less likely ones come up.
    pub temperature: f32,
    /// Only the likeliest tokens that together have this probability are considered.
    pub top_p: f32,
    /// What was said lately is this much less likely to be said again; 1 makes no difference.
    pub repetition_penalty: f32,
    /// The same seed chooses the same.
    pub seed: u64,
}

/// No more than this many tokens are considered: a small model's tail is noise.
const CANDIDATES_MAX: usize = 40;
/// How far back a repetition counts.
const REPETITION_WINDOW: usize = 96;

pub(super) struct Sampler {
    sampling: Sampling,
    state: u64,
}

#[derive(Clone, Copy)]
struct Candidate {
    token: u32,
    score: f32,
}

impl Sampler {
    pub(super) fn new(sampling: Sampling) -> Self {
        Self { sampling, state: sampling.seed }
    }

    /// The token after those that were `said`, given the score of every token.
    pub(super) fn choose(&mut self, scores: &[f32], said: &[u32]) -> u32 {
        let said = &said[said.len().saturating_sub(REPETITION_WINDOW)..];
        let mut candidates = self.candidates(scores, said);
        if self.sampling.temperature <= 0.0 {
            return candidates.first().map_or(0, |candidate| candidate.token);
        }
        self.weigh(&mut candidates);
        self.draw(&candidates)
    }

    /// The likeliest tokens, the likeliest first.
    fn candidates(&self, scores: &[f32], said: &[u32]) -> Vec<Candidate> {
        let mut all: Vec<_> = (0..).zip(scores).map(|(token, score)| Candidate { token, score: *score }).collect();
        for candidate in said.iter().filter_map(|token| usize::try_from(*token).ok()) {
            // A token that was said often is discouraged once: the score is taken from the original.
            if let (Some(candidate), Some(score)) = (all.get_mut(candidate), scores.get(candidate)) {
                candidate.score = discouraged(*score, self.sampling.repetition_penalty);
            }
        }
        let count = CANDIDATES_MAX.min(all.len());
        if count < all.len() {
            all.select_nth_unstable_by(count, likelier);
            all.truncate(count);
        }
        all.sort_unstable_by(likelier);
        all
    }

    /// Turns scores into probabilities, and drops what is beyond `top_p`.
    fn weigh(&self, candidates: &mut Vec<Candidate>) {
        let best = candidates.first().map_or(0.0, |candidate| candidate.score);
        for candidate in candidates.iter_mut() {
            candidate.score = ((candidate.score - best) / self.sampling.temperature).exp();
        }
        let total: f32 = candidates.iter().map(|candidate| candidate.score).sum();
        let mut seen = 0.0;
        let kept = candidates.iter().take_while(|candidate| {
            let wanted = seen < self.sampling.top_p * total;
            seen += candidate.score;
            wanted
        });
        let kept = kept.count().max(1);
        candidates.truncate(kept);
    }

    fn draw(&mut self, candidates: &[Candidate]) -> u32 {
        let total: f32 = candidates.iter().map(|candidate| candidate.score).sum();
        let mut left = self.random() * total;
        let drawn = candidates.iter().find(|candidate| {
            left -= candidate.score;
            left < 0.0
        });
        drawn.or(candidates.first()).map_or(0, |candidate| candidate.token)
    }

    /// From 0 to below 1, by SplitMix64.
    fn random(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    }
}

fn likelier(left: &Candidate, right: &Candidate) -> Ordering {
    right.score.total_cmp(&left.score)
}

fn discouraged(score: f32, penalty: f32) -> f32 {
    if score > 0.0 { score / penalty } else { score * penalty }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEDY: Sampling = Sampling { temperature: 0.0, top_p: 1.0, repetition_penalty: 1.0, seed: 1 };

    #[test]
    fn without_temperature_the_likeliest_is_taken() {
        assert_eq!(Sampler::new(GREEDY).choose(&[0.1, 3.0, -2.0], &[]), 1);
    }

    #[test]
    fn what_was_said_is_less_likely() {
        let mut sampler = Sampler::new(Sampling { repetition_penalty: 2.0, ..GREEDY });
        assert_eq!(sampler.choose(&[0.1, 3.0, 2.0], &[1, 1, 1]), 2);
        assert_eq!(sampler.choose(&[0.1, 3.0, 1.0], &[1, 1, 1]), 1);
        assert_eq!(sampler.choose(&[-1.5, -1.0], &[1]), 0);
    }

    #[test]
    fn a_seed_says_what_is_drawn_and_nothing_beyond_top_p_is() {
        let sampling = Sampling { temperature: 1.0, top_p: 0.9, repetition_penalty: 1.0, seed: 7 };
        let scores = [2.0, 1.9, 1.8, -9.0];
        let draw = |sampling| {
            let mut sampler = Sampler::new(sampling);
            (0..200).map(|_| sampler.choose(&scores, &[])).collect::<Vec<_>>()
        };
        let drawn = draw(sampling);
        assert_eq!(drawn, draw(sampling));
        assert_ne!(drawn, draw(Sampling { seed: 8, ..sampling }));
        assert!([0, 1, 2].iter().all(|token| drawn.contains(token)) && !drawn.contains(&3));
        assert!(draw(Sampling { top_p: 0.1, ..sampling }).iter().all(|token| *token == 0));
    }
}

//! One generation, on a thread that may block: reads the prompt, then writes token after token.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::model::Model;
use super::prefixes::Prefixes;
use super::sampler::Sampler;
use super::states::States;
use super::stops::Stops;
use super::tokenizer::Tokens;
use super::{Finish, Generated, Generation, Piece, Usage};
use crate::GenerateError;

/// How many tokens of a prompt are read between two looks at whether anybody still waits.
const PROMPT_CHUNK: usize = 128;

/// What a generation works with.
pub(super) struct Tools<'a> {
    pub(super) model: &'a Model,
    pub(super) tokens: &'a Tokens,
    pub(super) prefixes: &'a Prefixes,
}

/// Who waits, and for how long.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) gone: CancellationToken,
    pub(super) deadline: Instant,
    pub(super) pieces: Option<mpsc::Sender<Piece>>,
}

/// A prompt as tokens.
pub(super) struct Asked {
    pub(super) fixed: Vec<u32>,
    pub(super) rest: Vec<u32>,
}

impl Watch {
    fn ended(&self) -> bool {
        self.gone.is_cancelled()
            || Instant::now() >= self.deadline
            || self.pieces.as_ref().is_some_and(mpsc::Sender::is_closed)
    }
}

/// Reads `asked` and answers it in at most `tokens_max` tokens.
pub(super) fn run(
    tools: &Tools<'_>,
    generation: &Generation,
    asked: &Asked,
    watch: &Watch,
) -> Result<Generated, GenerateError> {
    let mut states = tools.begin(&asked.fixed, watch).ok_or(GenerateError::Cancelled)?;
    let scores = tools.read(&asked.rest, &mut states, watch).ok_or(GenerateError::Cancelled)?;
    tools.write(scores, generation, states, (asked.fixed.len() + asked.rest.len(), watch))
}

impl Tools<'_> {
    /// The states after a fixed prompt; `None` if nobody waits any more.
    fn begin(&self, fixed: &[u32], watch: &Watch) -> Option<States> {
        if let Some(states) = self.prefixes.get(fixed) {
            return Some(States::clone(&states));
        }
        let mut states = States::new(self.model.shape.layers);
        for chunk in fixed.chunks(PROMPT_CHUNK) {
            if watch.ended() {
                return None;
            }
            self.model.take_in(chunk, &mut states);
        }
        if !fixed.is_empty() {
            self.prefixes.keep(fixed, &states);
        }
        Some(states)
    }

    /// The scores after the rest of a prompt; `None` if nobody waits any more.
    fn read(&self, rest: &[u32], states: &mut States, watch: &Watch) -> Option<Vec<f32>> {
        let mut chunks = rest.chunks(PROMPT_CHUNK).peekable();
        while let Some(chunk) = chunks.next() {
            if watch.ended() {
                return None;
            }
            if chunks.peek().is_none() {
                return Some(self.model.score(chunk, states));
            }
            self.model.take_in(chunk, states);
        }
        None
    }

    fn write(
        &self,
        mut scores: Vec<f32>,
        generation: &Generation,
        mut states: States,
        (input, watch): (usize, &Watch),
    ) -> Result<Generated, GenerateError> {
        let mut sampler = Sampler::new(generation.sampling);
        let mut decoder = self.tokens.tokenizer.decode_stream(true);
        let mut stops = Stops::new(&generation.stops);
        let mut said = Vec::new();
        let finish = loop {
            if watch.ended() {
                break Finish::Cancelled;
            }
            let token = sampler.choose(&scores, &said);
            if self.tokens.ends(token) {
                break Finish::Stopped;
            }
            said.push(token);
            if let Some(piece) = decoder.step(token).map_err(|error| GenerateError::Failed(error.to_string()))? {
                stops.push(&piece);
                hand_over(watch, stops.ready(), Usage { input, output: said.len() });
            }
            if stops.met() {
                break Finish::Stopped;
            }
            if said.len() >= generation.tokens_max {
                break Finish::Length;
            }
            scores = self.model.score(&[token], &mut states);
        };
        let usage = Usage { input, output: said.len() };
        hand_over(watch, stops.finish(), usage);
        Ok(Generated { text: stops.into_text(), usage, finish })
    }
}

/// Whoever does not take a piece has gone; the next look tells.
fn hand_over(watch: &Watch, text: String, usage: Usage) {
    if let Some(pieces) = &watch.pieces
        && !text.is_empty()
    {
        let _ = pieces.blocking_send(Piece { text, usage });
    }
}

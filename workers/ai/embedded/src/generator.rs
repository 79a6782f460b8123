//! The language model: admits generations, gives each its turn, and runs it where blocking harms nobody.

mod attention;
mod gguf;
mod kernel;
mod matrix;
mod model;
mod prefixes;
mod prompt;
mod run;
mod sampler;
mod states;
mod stops;
mod tokenizer;

use std::sync::Arc;
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::weights::{malformed, map};
use crate::{GenerateError, LoadError, Settings};
use gguf::{Gguf, Wrong};
use model::Model;
use prefixes::Prefixes;
use run::{Asked, Tools, Watch};
use tokenizer::Tokens;

pub use prompt::{Prompt, Role, Turn};
pub use sampler::Sampling;

/// A language model in memory. Cloning it is cheap, and shares it.
#[derive(Clone)]
pub struct Generator {
    shared: Arc<Shared>,
}

struct Shared {
    model: Model,
    tokens: Tokens,
    prefixes: Prefixes,
    /// The threads that a generation computes on; all generations share them.
    pool: ThreadPool,
    context_tokens_max: usize,
    answer_tokens_max: usize,
    /// One for each generation that runs or waits.
    admission: Arc<Semaphore>,
    /// One for each that runs.
    turns: Arc<Semaphore>,
}

/// What is to be generated.
#[derive(Clone, Debug)]
pub struct Generation {
    /// The conversation so far.
    pub prompt: Prompt,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The longest answer, in tokens; never more than the settings allow.
    pub tokens_max: usize,
    /// Words that end the answer, and are not part of it.
    pub stops: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// What was said.
    pub text: String,
    /// What it took.
    pub usage: Usage,
    /// Why there is no more of it.
    pub finish: Finish,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What is said next.
    pub text: String,
    /// What was used until then.
    pub usage: Usage,
}

/// Tokens read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt, its fixed part included.
    pub input: usize,
    /// Of the answer.
    pub output: usize,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// All was said.
    Stopped,
    /// It was as long as it may be.
    Length,
    /// Nobody waited any more, or the deadline passed.
    Cancelled,
}

impl Generator {
    /// Maps the weights and reads the vocabulary. Blocks for some tenths of a second.
    pub fn load(settings: &Settings) -> Result<Self, LoadError> {
        let path = &settings.model;
        let refuse = |wrong: Wrong| malformed(path, wrong.0);
        let file = Gguf::read(map(path)?).map_err(refuse)?;
        let pool =
            ThreadPoolBuilder::new().num_threads(settings.threads).thread_name(|_| "embedded".to_owned()).build();
        let shared = Shared {
            pool: pool.map_err(|error| LoadError::Threads(error.to_string()))?,
            model: Model::read(&file, settings.context_tokens_max).map_err(refuse)?,
            tokens: Tokens::read(path, &file)?,
            prefixes: Prefixes::new(settings.prefix_tokens_max),
            context_tokens_max: settings.context_tokens_max,
            answer_tokens_max: settings.answer_tokens_max,
            admission: Arc::new(Semaphore::new(settings.generations_in_parallel + settings.generations_waiting_max)),
            turns: Arc::new(Semaphore::new(settings.generations_in_parallel)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether the next generation would be told to come back later.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.shared.admission.available_permits() == 0
    }

    /// How many tokens a text is.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.shared.tokens.count(text)
    }

    /// How many tokens a prompt is, and how many the answer to it may have. An error if it leaves no room for one.
    pub fn measure(&self, prompt: &Prompt, tokens_max: usize) -> Result<(usize, usize), GenerateError> {
        let asked = self.shared.asked(prompt);
        self.shared.room(&asked, tokens_max)
    }

    /// Answers a prompt, piece by piece into `pieces` if they are wanted. Ends at the next token when `cancelled` is,
    /// when the deadline passes, or when the returned future is dropped.
    pub async fn generate(
        &self,
        generation: Generation,
        deadline: Instant,
        cancelled: &CancellationToken,
        pieces: Option<mpsc::Sender<Piece>>,
    ) -> Result<Generated, GenerateError> {
        let admitted = Arc::clone(&self.shared.admission).try_acquire_owned().map_err(|_| GenerateError::Busy)?;
        let turn = tokio::select! {
            turn = Arc::clone(&self.shared.turns).acquire_owned() => turn.map_err(|_| GenerateError::Busy)?,
            () = cancelled.cancelled() => return Err(GenerateError::Cancelled),
            () = tokio::time::sleep_until(deadline.into()) => return Err(GenerateError::Cancelled),
        };
        let gone = cancelled.child_token();
        // Cancels the thread when this future is dropped.
        let _dropped = gone.clone().drop_guard();
        let (shared, watch) = (Arc::clone(&self.shared), Watch { gone, deadline, pieces });
        let answered = tokio::task::spawn_blocking(move || {
            // Held until the thread is done, even if nobody waits for it.
            let _held = (admitted, turn);
            shared.answer(generation, &watch)
        });
        let answered = answered.await;
        answered.map_err(|_| GenerateError::Failed("its thread panicked".to_owned()))?
    }
}

impl Shared {
    fn answer(&self, mut generation: Generation, watch: &Watch) -> Result<Generated, GenerateError> {
        let asked = self.asked(&generation.prompt);
        (_, generation.tokens_max) = self.room(&asked, generation.tokens_max)?;
        let tools = Tools { model: &self.model, tokens: &self.tokens, prefixes: &self.prefixes };
        self.pool.install(|| run::run(&tools, &generation, &asked, watch))
    }

    fn asked(&self, prompt: &Prompt) -> Asked {
        Asked { fixed: self.tokens.fixed(prompt), rest: self.tokens.rest(prompt) }
    }

    /// How many tokens were asked, and how many may be answered.
    fn room(&self, asked: &Asked, tokens_max: usize) -> Result<(usize, usize), GenerateError> {
        let tokens = asked.fixed.len() + asked.rest.len();
        let room = self.context_tokens_max.saturating_sub(tokens);
        if room == 0 {
            return Err(GenerateError::TooLong { tokens, tokens_max: self.context_tokens_max - 1 });
        }
        Ok((tokens, tokens_max.min(self.answer_tokens_max).min(room)))
    }
}

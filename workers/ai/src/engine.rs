//! What answers prompts: a provider over HTTP, or the model in this process.

use std::fmt;
use std::time::{Duration, Instant};

use aipaygen_bus::tool::Used;
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::answer::{Delta, Generated};
use crate::prompt::Prompt;

/// What answers prompts.
#[async_trait]
pub(crate) trait Engine: Send + Sync + 'static {
    /// Answers a prompt with the model of this name. Where `bits` is given, every bit is sent as soon as it is
    /// there, and the whole is returned all the same. Ends early when the watch says so.
    async fn generate(
        &self,
        model: &str,
        prompt: &Prompt,
        watch: &Watch,
        bits: Option<&Bits>,
    ) -> Result<Generated, Fault>;

    /// Turns texts into vectors, one each.
    async fn embed(&self, model: &str, texts: &[String], watch: &Watch) -> Result<Vectors, Fault>;
}

/// Texts as vectors.
pub(crate) struct Vectors {
    pub(crate) vectors: Vec<Vec<f32>>,
    pub(crate) tokens: Tokens,
}

/// Until when an answer is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) deadline: Instant,
    pub(crate) cancelled: CancellationToken,
}

impl Watch {
    /// Does the work unless nobody wants it any more.
    pub(crate) async fn while_wanted<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        tokio::select! {
            outcome = work => outcome,
            () = self.cancelled.cancelled() => Err(Fault::Unwanted),
            () = tokio::time::sleep_until(self.deadline.into()) => Err(Fault::Late),
        }
    }

    /// How much time is left.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Where the bits of an answer go, each with what was used until then.
pub(crate) struct Bits {
    sender: mpsc::Sender<(Delta, Used)>,
    model: String,
    sent: std::sync::atomic::AtomicBool,
}

impl Bits {
    pub(crate) fn new(sender: mpsc::Sender<(Delta, Used)>, model: String) -> Self {
        Self { sender, model, sent: std::sync::atomic::AtomicBool::new(false) }
    }

    /// Sends a bit; waits while the reader is behind. Nobody may want it any more.
    pub(crate) async fn send(&self, delta: Delta, tokens: Tokens) -> Result<(), Fault> {
        self.sent.store(true, std::sync::atomic::Ordering::Relaxed);
        let used = Used { tokens, model: Some(self.model.clone()) };
        self.sender.send((delta, used)).await.map_err(|_| Fault::Unwanted)
    }

    /// Whether the caller has seen something already.
    pub(crate) fn began(&self) -> bool {
        self.sent.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Why there is no answer. What a provider said is for the caller alone: it is in no `Debug` and no `Display`.
pub(crate) enum Fault {
    /// Nobody waits for it any more.
    Unwanted,
    /// There was not enough time.
    Late,
    /// The input is refused by whoever should answer it.
    Refused { said: Said },
    /// Whoever should answer does not let us in: our key, or our bill.
    NotLetIn { said: Said },
    /// Whoever should answer has too much to do.
    Busy { retry_after: Option<Duration>, said: Said },
    /// Whoever should answer failed, or said what makes no sense.
    Broken { said: Said },
}

/// What a provider said of a failure.
#[derive(Clone, Default)]
pub(crate) struct Said {
    pub(crate) provider: String,
    pub(crate) status: Option<u16>,
    pub(crate) text: String,
}

impl Fault {
    /// A closed set of words, for logs and metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Unwanted => "unwanted",
            Self::Late => "late",
            Self::Refused { .. } => "refused",
            Self::NotLetIn { .. } => "not_let_in",
            Self::Busy { .. } => "busy",
            Self::Broken { .. } => "broken",
        }
    }

    /// Whether the same provider may do better at another attempt.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Broken { .. } => true,
            Self::Unwanted | Self::Late | Self::Refused { .. } | Self::NotLetIn { .. } => false,
        }
    }

    /// Whether another provider may do better.
    pub(crate) const fn is_of_provider(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Broken { .. } | Self::NotLetIn { .. } => true,
            Self::Unwanted | Self::Late | Self::Refused { .. } => false,
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

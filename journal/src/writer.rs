//! The writer: one task that commits the appends of many callers together.
//!
//! It takes what has queued up while the commit before was under way, so that a lone caller waits for nothing and
//! many share the price of one commit. An append that nobody waits for lets others come and share its own.

mod backoff;
mod request;

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use aipaygen_events::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::away::{in_brief, is_away};
use crate::batch::{Batch, Known};
use crate::store::{Session, Store};
use crate::{AppendError, Appended, Settings, tail};
use backoff::Backoff;
pub(crate) use request::Request;
use request::{ids, streams};

type Answer = Result<Appended, AppendError>;

pub(crate) struct Writer {
    store: Arc<dyn Store>,
    /// Taken while it is in use: one that fails, or is given up in the middle, is not put back.
    session: Option<Box<dyn Session>>,
    queue: mpsc::Receiver<Request>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    head: Arc<watch::Sender<u64>>,
    batch_appends_max: usize,
    patience: Duration,
    /// Since when nothing could be written.
    away_since: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        queue: mpsc::Receiver<Request>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        head: Arc<watch::Sender<u64>>,
        settings: &Settings,
    ) -> Self {
        let (batch_appends_max, patience) = (settings.batch_appends_max, settings.unavailable_after());
        Self { store, session: None, queue, clock, head, batch_appends_max, patience, away_since: None }
    }

    /// Writes until the queue is closed and empty.
    pub(crate) async fn run(mut self, closing: CancellationToken) {
        // The first append does not wait for it; should it fail, the append tells.
        self.session = self.store.session().await.ok();
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = closing.cancelled(), if !self.queue.is_closed() => self.queue.close(),
                taken = self.queue.recv_many(&mut batch, self.batch_appends_max) => match taken {
                    0 => return,
                    _ => {
                        self.gather(&mut batch, &closing).await;
                        self.write(mem::take(&mut batch), false).await;
                    }
                },
            }
        }
    }

    /// Lets a batch grow until the first of its appends is due, which those that somebody waits for are at once.
    async fn gather(&mut self, batch: &mut Vec<Request>, closing: &CancellationToken) {
        while let Some(due) = batch.iter().map(Request::due).min() {
            let room = self.batch_appends_max.saturating_sub(batch.len());
            if room == 0 || due <= Instant::now() {
                return;
            }
            let more = closing.run_until_cancelled(self.queue.recv_many(batch, room));
            // It is due, or the journal is being closed: what there is, is the batch.
            let Ok(Some(1..)) = timeout_at(due, more).await else { return };
        }
    }

    /// Commits a batch and answers it, trying again for as long as the database may be away. It is in doubt while
    /// nobody can know whether a commit was made.
    async fn write(&mut self, mut batch: Vec<Request>, mut in_doubt: bool) {
        let mut backoff = Backoff::default();
        loop {
            let failure = match self.attempt(&mut batch, &mut in_doubt).await {
                Ok(answers) => return answer(batch, answers),
                Err(failure) => failure,
            };
            tracing::warn!(%failure, appends = batch.len(), in_doubt, "a batch was not written");
            match failure {
                Failure::Refused(_) if batch.len() > 1 => return self.write_one_by_one(batch, in_doubt).await,
                Failure::Refused(_) => return self.give_up(batch, in_doubt, &failure).await,
                Failure::Away(_) if self.is_patience_over() => return self.give_up(batch, in_doubt, &failure).await,
                Failure::Away(_) => backoff.wait().await,
            }
        }
    }

    /// One append that the database refuses must not take the others with it. Each knows its own attempts.
    async fn write_one_by_one(&mut self, batch: Vec<Request>, in_doubt: bool) {
        for request in batch {
            Box::pin(self.write(vec![request], in_doubt)).await;
        }
    }

    /// One transaction.
    async fn attempt(&mut self, batch: &mut [Request], in_doubt: &mut bool) -> Result<Vec<Answer>, Failure> {
        let (began, patience) = (Instant::now(), self.patience);
        let attempt = async {
            let mut session = self.open().await?;
            let known = begin(&mut *session, batch).await?;
            let mut decided = Batch::new(known, (self.clock)());
            let answers = batch.iter_mut().map(|request| request.decide(&mut decided)).collect();
            if decided.events().is_empty() {
                session.roll_back().await?;
            } else {
                session.append(decided.events()).await?;
                *in_doubt = true;
                session.commit().await?;
            }
            tail::raise(&self.head, decided.head().position);
            self.session = Some(session);
            Ok(answers)
        };
        let answers = timeout(patience, attempt).await.unwrap_or_else(|_| Err(Failure::Away("no answer".to_owned())));
        self.away_since = if answers.is_ok() { None } else { self.away_since.or(Some(began)) };
        answers
    }

    async fn open(&mut self) -> Result<Box<dyn Session>, sqlx::Error> {
        match self.session.take() {
            Some(session) => Ok(session),
            None => self.store.session().await,
        }
    }

    fn is_patience_over(&self) -> bool {
        self.away_since.is_some_and(|since| since.elapsed() > self.patience)
    }

    /// Answers that nothing was appended, once that is known.
    async fn give_up(&mut self, batch: Vec<Request>, in_doubt: bool, failure: &Failure) {
        let made = if in_doubt { self.made(&batch).await } else { vec![None; batch.len()] };
        let unavailable = || AppendError::Unavailable(failure.to_string());
        let answers = made.into_iter().map(|made| made.ok_or_else(unavailable)).collect();
        answer(batch, answers);
    }

    /// Looks for what a commit that was not answered has made, until the database says. To take its lock is to wait
    /// for the end of that transaction, should it still be running. Who queues up meanwhile is sent away.
    async fn made(&mut self, batch: &[Request]) -> Vec<Option<Appended>> {
        let mut backoff = Backoff::default();
        loop {
            if let Ok(Ok(made)) = timeout(self.patience, self.look(batch)).await {
                return made;
            }
            while let Ok(request) = self.queue.try_recv() {
                request.answer(Err(AppendError::Unavailable("the database is away".to_owned())));
            }
            backoff.wait().await;
        }
    }

    async fn look(&mut self, batch: &[Request]) -> Result<Vec<Option<Appended>>, sqlx::Error> {
        let mut session = self.open().await?;
        let known = Batch::new(begin(&mut *session, batch).await?, (self.clock)());
        session.roll_back().await?;
        self.session = Some(session);
        tail::raise(&self.head, known.head().position);
        Ok(batch.iter().map(|request| request.made_before(&known)).collect())
    }
}

/// From here to the end of the transaction no other writer can append.
async fn begin(session: &mut dyn Session, batch: &[Request]) -> Result<Known, sqlx::Error> {
    session.begin().await?;
    session.look_up(&streams(batch), &ids(batch)).await
}

/// Why a batch was not written, without a word of what is in it.
#[derive(Debug)]
enum Failure {
    /// The same may be written later.
    Away(String),
    /// The database refuses what is to be written.
    Refused(String),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if is_away(&error) { Self::Away(in_brief(&error)) } else { Self::Refused(in_brief(&error)) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) | Self::Refused(why) => f.write_str(why),
        }
    }
}

fn answer(batch: Vec<Request>, answers: Vec<Answer>) {
    for (request, answer) in batch.into_iter().zip(answers) {
        request.answer(answer);
    }
}

//! Has the language model write, and hands on what it writes bit by bit.

use std::time::Instant;

use aipaygen_embedded::{Finish as Ended, GenerateError, Generated as Written, Generation, Generator, Piece, Usage};
use aipaygen_events::account::Tokens;
use tokio::sync::mpsc;

use super::{broken, refused, said, tokens};
use crate::answer::{Delta, Finish, Generated};
use crate::engine::{Bits, Fault, Watch};

/// How many pieces may be on their way to a reader who is behind.
const PIECES_IN_FLIGHT_MAX: usize = 16;

pub(super) async fn write(
    generator: &Generator,
    generation: Generation,
    watch: &Watch,
    bits: Option<&Bits>,
) -> Result<Generated, Fault> {
    let Some(bits) = bits else {
        return finished(generator.generate(generation, watch.deadline, &watch.cancelled, None).await, watch);
    };
    let (sender, receiver) = mpsc::channel(PIECES_IN_FLIGHT_MAX);
    let writing = generator.generate(generation, watch.deadline, &watch.cancelled, Some(sender));
    let (written, handed_on) = tokio::join!(writing, hand_on(receiver, bits));
    handed_on?;
    finished(written, watch)
}

/// Where nobody takes the pieces any more, the receiver goes and the model stops.
async fn hand_on(mut pieces: mpsc::Receiver<Piece>, bits: &Bits) -> Result<(), Fault> {
    while let Some(piece) = pieces.recv().await {
        bits.send(Delta::Text(piece.text), used(piece.usage)).await?;
    }
    Ok(())
}

fn finished(written: Result<Written, GenerateError>, watch: &Watch) -> Result<Generated, Fault> {
    let written = written.map_err(|error| fault(error, watch))?;
    let finish = match written.finish {
        Ended::Stopped => Finish::Stop,
        Ended::Length => Finish::Length,
        Ended::Cancelled => return Err(unwanted(watch)),
    };
    Ok(Generated { text: written.text, finish, tokens: used(written.usage), ..Generated::default() })
}

fn fault(error: GenerateError, watch: &Watch) -> Fault {
    match error {
        GenerateError::Busy => Fault::Busy { retry_after: None, said: said("as many generations wait as may") },
        GenerateError::TooLong { tokens, tokens_max } => {
            refused(&format!("the prompt has {tokens} tokens; the embedded model reads {tokens_max} at most"))
        }
        GenerateError::Cancelled => unwanted(watch),
        GenerateError::Failed(_) => broken("the embedded model failed"),
    }
}

fn unwanted(watch: &Watch) -> Fault {
    if Instant::now() >= watch.deadline { Fault::Late } else { Fault::Unwanted }
}

fn used(usage: Usage) -> Tokens {
    Tokens { input: tokens(usage.input), output: tokens(usage.output) }
}

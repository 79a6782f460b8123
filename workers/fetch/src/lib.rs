//! Every outbound request to a stranger's address goes through the guard in here.
//!
//! Two processes do the dangerous halves (`process`): one reaches strangers' servers, the others read what came back,
//! and none of them holds a secret or a database. The worker itself talks to the bus, and hands over.

pub mod guard;
pub mod outbound;

mod document;
mod half;
mod process;
mod reader;
mod readers;
mod reply;
mod settings;
mod worker;

pub use process::{serve_fetches, serve_reads};
pub use settings::{InvalidSetting, Settings};
pub use worker::search::{Provider, Settings as SearchSettings};
pub use worker::{Deps, Processes, StartError, Worker};

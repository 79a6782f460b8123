//! The contract of the bus, over both backends, and what only a NATS server can do to it.
#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

#[macro_use]
mod support;

mod broadcasts;
mod draining;
mod limits;
mod old_server;
mod outage;
mod parts;
mod queues;
mod queues_outage;
mod requests;
mod settings;
mod worker_loss;

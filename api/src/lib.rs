//! The HTTP ingress: parses, authenticates, validates and prices requests, and emits commands to the bus.
//!
//! It has no write access to any database: it reads the read models and says everything else on the bus. What a
//! request said is in its memory while the request lasts, and nowhere else.

mod apis;
mod auth;
mod delivery;
mod edge;
mod ends;
mod face;
mod ingress;
mod limits;
mod observe;
mod paid;
mod problem;
mod routes;
mod server;
mod settings;
mod start_error;
mod store;
mod x402;

pub use server::{Bound, Deps, bind};
pub use settings::{ForwardedHeader, Settings, TlsSettings};
pub use start_error::StartError;
pub use x402::X402;

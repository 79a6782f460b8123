//! The sandbox in a process of its own: strangers' programs share no memory with a secret, and a crash of the runtime
//! costs the calls that were in it and nothing else.
//!
//! The parent talks to the bus and keeps the child alive; the child knows one socket, its standard input, and ends
//! with it. What passes between them passes in memory, like on the bus.

mod child;
mod confine;
mod frame;
mod link;
mod parent;

pub use child::{ChildError, serve_standard_input};
pub(crate) use frame::Subject;
pub(crate) use parent::{Parent, Supervisor};

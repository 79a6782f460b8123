//! Half of a worker in a process of its own: what strangers made shares no memory with a secret, and a crash costs the
//! calls that were in it and nothing else.
//!
//! The parent talks to the bus and keeps the child alive; the child knows one socket, its standard input, and ends
//! with it. What passes between them passes in memory, like on the bus. What the child does is not known here.

mod child;
mod confine;
mod frame;
mod link;
mod parent;
mod renounce;

pub use child::{ChildError, Subjects, serve_standard_input};
pub use confine::{ConfineError, Reach, confine};
pub use parent::{Parent, StartError, Supervisor};
pub use renounce::{RenounceError, Renounced, renounce, show_page_map};

//! The guard: decides where a stranger's URL may lead. Pure: it looks nothing up and connects to nothing.
//!
//! A URL is parsed once, by the rules of browsers (WHATWG), and what is connected to is that parse: a [`Target`] is a
//! URL whose scheme, port and host may be asked for; [`Checked`] is one whose addresses may be connected to, all of
//! them, and is the only thing that this crate connects to. The address that was judged is the address that is used,
//! so a name that answers differently a moment later leads nowhere else.
//!
//! 1. `target`: the URL itself, and every redirect anew
//! 2. `names`: names that mean something private, whatever they resolve to
//! 3. `address`: an address, with what it may embed
//! 4. `ranges`: the table of addresses that are nobody's public host, each with its reason
//! 5. `policy`: what an operator denies on top, and which private targets are allowed by name and port

mod address;
mod names;
mod policy;
mod ranges;
mod rule;
mod target;

pub use policy::{Allowance, Policy, Settings};
pub use rule::{Grant, Rule};
pub use target::{Checked, Target};

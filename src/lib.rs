//! The composition root: roles, configuration and command line. It knows every crate, and decides nothing that one
//! of them could.

pub mod cli;
pub mod config;
pub mod logging;
mod operator;
pub mod process;
mod roles;

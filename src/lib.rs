//! The composition root: roles, configuration and command line. It knows every crate, and decides nothing that one
//! of them could.

pub mod cli;
mod config;
mod logging;
mod operator;
pub mod process;
mod roles;

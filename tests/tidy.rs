//! What the compiler and clippy can not say of this repository: which crate may know which, and the
//! habits of its files.

mod arrows;
mod files;
mod migrations;

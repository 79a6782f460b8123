//! A real chain for tests: anvil, with Circle's USDC at the address where Base has it, wallets that pay, and what
//! makes a chain hard: blocks that do not come, reorganisations, transactions that are dropped or come from others.
//!
//! For tests and the demonstration only; a failure panics. `scripts/setup.sh test` installs what it starts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod anvil;
mod rpc;
mod token;
mod wallet;

pub use anvil::{Mining, TestChain};
pub use rpc::RpcError;
pub use token::{Transfer, UNITS};
pub use wallet::Wallet;

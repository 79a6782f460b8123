//! Being paid by strangers, on a real chain with Circle's contracts, the official facilitators and the official buyers.
//!
//! What is claimed is judged by the Transfer logs of the chain and by the ledger: never two transfers for one answer,
//! never an answer without a transfer, never a transfer without an answer or a voucher. What is here runs with every
//! test; `battery` runs in `make test-x402`.

mod battery;
mod buyers;
mod faults;
mod judge;
mod market;
mod paying;
mod topup;

//! The slow battery: everything that goes wrong between a buyer, a facilitator, a chain and us. `make test-x402` runs it.

mod chains;
mod crashes;
mod facilitators;
mod hostile;
mod peers;

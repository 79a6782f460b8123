//! What must be kept, must be able to go, and must not be read: envelope encryption over rows of its own.
//!
//! Each owner has a data key, which encrypts what belongs to it and is wrapped by a key-encryption key of the
//! configuration. Deleting the data key destroys all of that, copies included. What is encrypted is bound to its
//! table, column, row and owner. This crate decides nothing about money and knows no event.

mod apis;
mod data_keys;
mod deliveries;
mod dispatcher;
mod envelope;
mod error;
mod keyring;
mod owner;
mod settings;
mod webhooks;

pub use apis::StoredApi;
pub use data_keys::{DataKey, Rotation, Vault};
pub use deliveries::{Delivery, Planned};
pub use dispatcher::Lease;
pub use envelope::Place;
pub use error::VaultError;
pub use owner::Owner;
pub use settings::{Settings, SettingsError};
pub use webhooks::{NewWebhook, Webhook};

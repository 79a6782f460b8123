//! The keeper of the vault, in the process of the payments workers: serves the commands about APIs, credentials and
//! webhooks, and tells webhooks what has happened to their owners' money.
//!
//! It appends nothing to the log and connects to nobody: a secret leaves it sealed for one fetch worker. It sees no
//! payload.

mod desk;
mod dispatcher;
mod lend;
mod settings;
mod worker;

pub use dispatcher::{EVENTS, Told};
pub use settings::{ApiSettings, SettingsError, WebhookSettings};
pub use worker::{Clock, Deps, Keeper};

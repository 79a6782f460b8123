//! What the ai workers are asked about their models: metadata only.

use serde::{Deserialize, Serialize};

use crate::commands::Command;

/// Ask which models can answer now.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AvailableModels {}

/// The models that can answer now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableModelList {
    /// Their aliases, those first that are taken where a call names none.
    pub aliases: Vec<String>,
}

impl Command for AvailableModels {
    const SUBJECT: &'static str = "cmd.ai.models";
    type Reply = AvailableModelList;
}

//! The models that tools are answered by, and what their tokens cost.

use std::collections::BTreeMap;

use aipaygen_events::MicroUsd;
use aipaygen_events::account::Tokens;
use serde::{Deserialize, Serialize};

/// The provider that is this program itself.
pub const EMBEDDED: &str = "embedded";

const TOKENS_PER_RATE: u128 = 1_000_000;

/// Every model that has a price, by alias.
#[derive(Clone, Debug, Default)]
pub struct Models(BTreeMap<String, Model>);

/// A model with its price.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What callers name it.
    pub alias: String,
    /// A name for people.
    pub title: String,
    /// Who runs it: a section of `ai.providers`, or [`EMBEDDED`].
    pub provider: String,
    /// What its provider names it.
    pub id: String,
    /// What a million tokens that it reads cost, in micro-USD.
    pub input_rate: u64,
    /// What a million tokens that it writes cost, in micro-USD.
    pub output_rate: u64,
    /// How many tokens it can look at, its answer included.
    pub context_tokens: u32,
    /// How many tokens an answer may have.
    pub output_tokens_max: u32,
    /// What it can do.
    pub capabilities: Vec<Capability>,
}

/// The price of tokens, in micro-USD for a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Of those that are read.
    pub input: u64,
    /// Of those that are written.
    pub output: u64,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Answer a conversation.
    Chat,
    /// Be held to JSON by its provider.
    Json,
    /// Ask for functions to be called.
    Tools,
    /// See pictures.
    Vision,
    /// Turn text into vectors.
    Embeddings,
}

/// Why a table of models cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// Not TOML, or not of the shape.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
    /// A value that cannot be.
    #[error("model {alias}: {reason}")]
    Model {
        /// Which model.
        alias: String,
        /// Why not.
        reason: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Vec<Model>,
}

impl Models {
    /// The models that come with the program.
    pub fn built_in() -> Result<Self, ModelsError> {
        let mut models = Self::default();
        models.add(include_str!("../models.toml"))?;
        Ok(models)
    }

    /// Adds the models of one more file; one of an alias that exists takes its place.
    pub fn add(&mut self, text: &str) -> Result<(), ModelsError> {
        for model in toml::from_str::<File>(text)?.model {
            model.validate()?;
            self.0.insert(model.alias.clone(), model);
        }
        Ok(())
    }

    /// The model of this alias.
    #[must_use]
    pub fn get(&self, alias: &str) -> Option<&Model> {
        self.0.get(alias)
    }

    /// Every model, by alias.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.0.values()
    }
}

impl Model {
    /// Whether it can do all of this.
    #[must_use]
    pub fn can(&self, needs: &[Capability]) -> bool {
        needs.iter().all(|need| self.capabilities.contains(need))
    }

    /// What its tokens cost.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        Rate { input: self.input_rate, output: self.output_rate }
    }

    /// Whether it is part of this program.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.provider == EMBEDDED
    }

    fn validate(&self) -> Result<(), ModelsError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let refuse = |reason| Err(ModelsError::Model { alias: self.alias.clone(), reason });
        if self.alias.is_empty() || self.alias.len() > 64 || !self.alias.bytes().all(plain) {
            return refuse("the alias has 1 to 64 letters, digits, -, . and _");
        }
        if self.capabilities.is_empty() {
            return refuse("it can do something");
        }
        if self.can(&[Capability::Chat]) && self.output_tokens_max == 0 {
            return refuse("output_tokens_max is above zero where it can chat");
        }
        if self.context_tokens < self.output_tokens_max {
            return refuse("context_tokens holds an answer of output_tokens_max");
        }
        Ok(())
    }
}

impl Rate {
    /// What so many tokens cost: the exact product, rounded up to a whole micro-USD, once.
    #[must_use]
    pub fn price_rounded_up(&self, tokens: Tokens) -> MicroUsd {
        let input = u128::from(tokens.input) * u128::from(self.input);
        let output = u128::from(tokens.output) * u128::from(self.output);
        let micro_usd = (input + output).div_ceil(TOKENS_PER_RATE);
        u64::try_from(micro_usd).ok().and_then(|micro_usd| MicroUsd::new(micro_usd).ok()).unwrap_or(MicroUsd::MAX)
    }

    /// How many tokens can be written for this, after so many are read; `None` if not even those can be paid.
    #[must_use]
    pub fn output_tokens_affordable(&self, available: MicroUsd, input: u64) -> Option<u64> {
        let available = u128::from(available.micro_usd()) * TOKENS_PER_RATE;
        let left = available.checked_sub(u128::from(input) * u128::from(self.input))?;
        Some(
            left.checked_div(u128::from(self.output))
                .map_or(u64::MAX, |tokens| tokens.try_into().unwrap_or(u64::MAX)),
        )
    }
}

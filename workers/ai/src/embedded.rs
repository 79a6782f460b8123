//! The models that this program brings along: nothing to configure, and honest about what they cannot do.

use aipaygen_catalog::Method;
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::answer::Generated;
use crate::engine::{Bits, Engine, Fault, Said, Vectors, Watch};
use crate::prompt::Prompt;

/// The embedded models.
pub(crate) struct Embedded;

impl Embedded {
    /// Whether tools can be answered in this way.
    pub(crate) const fn can(&self, method: Method) -> bool {
        match method {
            Method::Generate | Method::Extractive | Method::Vectors => false,
            Method::Sentiment | Method::Keywords | Method::Language | Method::None => false,
        }
    }

    /// The members of a tool's answer, by any method but [`Method::Generate`].
    pub(crate) async fn answer(
        &self,
        _method: Method,
        _tool: &str,
        _input: &Map<String, Value>,
        _watch: &Watch,
    ) -> Result<(Map<String, Value>, Tokens), Fault> {
        Err(absent())
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn generate(&self, _: &str, _: &Prompt, _: &Watch, _: Option<&Bits>) -> Result<Generated, Fault> {
        Err(absent())
    }

    async fn embed(&self, _: &str, _: &[String], _: &Watch) -> Result<Vectors, Fault> {
        Err(absent())
    }
}

fn absent() -> Fault {
    Fault::Broken { said: Said { provider: aipaygen_catalog::EMBEDDED.to_owned(), ..Said::default() } }
}

//! How the small model is asked: which beginnings of a prompt are fixed, and how its words are chosen for each tool.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use aipaygen_catalog::{Catalog, Method};
use aipaygen_embedded::{Generation, Prompt as Asked, Role, Sampling as Choice, Turn as Said};
use serde_json::{Map, Number};

use super::refused;
use crate::engine::Fault;
use crate::prompt::{Content, JsonMode, Prompt, Sampling, Turn};

/// What a conversation is answered with where the caller does not say.
const CONVERSATION: Choice = Choice { temperature: 0.2, top_p: 0.9, repetition_penalty: 1.1, seed: 0 };
/// What a tool is answered with: the likeliest words, and its own input may be repeated.
const TOOL: Choice = Choice { temperature: 0.0, top_p: 1.0, repetition_penalty: 1.02, seed: 0 };

/// What was found to work with so small a model: the fewer words, the better.
const SUMMARY: &str = "Write a short summary of the user's text.";
const SUMMARY_TOKENS_MAX: usize = 160;

const FENCE: &str = "```";

/// The tools whose instructions are the same in every call, by those instructions: what the model makes of them is
/// remembered. A caller's own words are never among them.
pub(super) struct Profiles {
    tools: HashMap<String, Tool>,
}

#[derive(Clone, Copy)]
struct Tool {
    /// Whether the answer is code, and not what stands around it.
    code: bool,
}

impl Profiles {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let written = catalog.tools().filter_map(|tool| {
            let call = tool.model.as_ref().filter(|call| call.embedded == Method::Generate)?;
            let fixed = call.system.fields().is_empty() && !call.system.is_empty();
            fixed.then(|| (call.system.render(&Map::new()), Tool { code: call.text_in.as_deref() == Some("code") }))
        });
        Self { tools: written.collect() }
    }

    /// The generation that a prompt asks for; a refusal if this model cannot do it.
    pub(super) fn generation(&self, prompt: &Prompt) -> Result<Generation, Fault> {
        refuse_what_it_cannot(prompt)?;
        let tool = self.tools.get(&prompt.system);
        let system = (!prompt.system.is_empty()).then(|| Said::new(Role::System, prompt.system.as_str()));
        let turns = prompt.turns.iter().map(said).collect::<Result<Vec<_>, _>>()?;
        let (fixed, before) = if tool.is_some() { (system, None) } else { (None, system) };
        let asked = Asked { fixed: fixed.into_iter().collect(), turns: before.into_iter().chain(turns).collect() };
        Ok(Generation {
            prompt: asked,
            sampling: choice(&prompt.sampling, if tool.is_some() { TOOL } else { CONVERSATION }),
            tokens_max: usize::try_from(prompt.output_tokens_max).unwrap_or(usize::MAX),
            stops: prompt.sampling.stop.clone(),
        })
    }

    /// Takes off what the model puts around its answer.
    pub(super) fn tidy(&self, prompt: &Prompt) -> fn(&str) -> String {
        match self.tools.get(&prompt.system) {
            Some(Tool { code: true }) => unfenced,
            Some(Tool { code: false }) | None => |text| text.trim().to_owned(),
        }
    }
}

/// A summary in the model's own words.
pub(super) fn summary(text: &str) -> Generation {
    let fixed = vec![Said::new(Role::System, SUMMARY)];
    let prompt = Asked { fixed, turns: vec![Said::new(Role::User, text)] };
    Generation { prompt, sampling: TOOL, tokens_max: SUMMARY_TOKENS_MAX, stops: Vec::new() }
}

fn refuse_what_it_cannot(prompt: &Prompt) -> Result<(), Fault> {
    let nonzero =
        |number: &Option<Number>| number.as_ref().and_then(Number::as_f64).is_some_and(|number| number != 0.0);
    if !prompt.functions.is_empty() {
        return Err(refused("the embedded model calls no functions"));
    }
    if nonzero(&prompt.sampling.presence_penalty) || nonzero(&prompt.sampling.frequency_penalty) {
        return Err(refused("the embedded model has no presence_penalty and no frequency_penalty"));
    }
    match prompt.json {
        JsonMode::Off => Ok(()),
        JsonMode::Object | JsonMode::Schema { .. } => Err(refused("the embedded model cannot be held to JSON")),
    }
}

fn said(turn: &Turn) -> Result<Said, Fault> {
    match turn {
        Turn::User(contents) => {
            let texts = contents.iter().map(|content| match content {
                Content::Text(text) => Ok(text.as_str()),
                Content::Image(_) => Err(refused("the embedded model sees no pictures")),
            });
            Ok(Said::new(Role::User, texts.collect::<Result<Vec<_>, _>>()?.join("\n")))
        }
        Turn::Assistant { text, .. } => Ok(Said::new(Role::Assistant, text.as_str())),
        Turn::Function { .. } => Err(refused("the embedded model calls no functions")),
    }
}

fn choice(asked: &Sampling, usual: Choice) -> Choice {
    let float = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64).map(|number| number as f32);
    let seed = asked.seed.as_ref().and_then(|seed| seed.as_u64().or(seed.as_i64().map(i64::cast_unsigned)));
    Choice {
        temperature: float(&asked.temperature).unwrap_or(usual.temperature),
        top_p: float(&asked.top_p).unwrap_or(usual.top_p),
        seed: seed.unwrap_or_else(|| RandomState::new().build_hasher().finish()),
        repetition_penalty: usual.repetition_penalty,
    }
}

/// What stands between the first fence and the next; all of it where there is none.
fn unfenced(text: &str) -> String {
    let Some((_, fenced)) = text.split_once(FENCE) else { return text.trim().to_owned() };
    let (_, code) = fenced.split_once('\n').unwrap_or(("", fenced));
    code.split(FENCE).next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::unfenced;

    #[test]
    fn code_is_taken_out_of_its_fence() {
        assert_eq!(unfenced("Here:\n```python\nx = 1\n```\nIt sets x."), "x = 1");
        assert_eq!(unfenced("```\nx = 1"), "x = 1");
        assert_eq!(unfenced(" x = 1 "), "x = 1");
    }
}

//! A tool of its own members: its prompt is rendered, its answer is text in one member, or JSON held against the
//! tool's schema.

use aipaygen_bus::tool::{ToolOutcome, ToolPiece, Used};
use aipaygen_catalog::{EMBEDDED, Method};
use aipaygen_events::account::Tokens;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::{BITS_AHEAD, Call, Refusal, quoted};
use crate::answer::{Delta, Generated};
use crate::engine::{Bits, Fault};
use crate::json;
use crate::prompt::{Content, Image, JsonMode, Prompt, Turn};
use crate::routes::{Answered, Route, Routes};

/// The most that a call may use, and who would answer it.
pub(crate) fn quote(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    Ok(quoted(chain[0], &prompt(call, chain[0])?))
}

/// Answers a call.
pub(crate) async fn answer(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    // Where words are counted rather than written, the one who counts is first in the chain or not asked at all.
    if chain[0].model.is_embedded() && call.how.embedded != Method::Generate {
        let (members, tokens) =
            routes.embedded.answer(call.how.embedded, call.tool, &call.input, &call.watch).await?;
        return checked(call, members).and_then(|members| told(EMBEDDED, EMBEDDED, tokens, members));
    }
    let chain: Vec<_> = chain
        .into_iter()
        .filter(|route| !route.model.is_embedded() || call.how.embedded == Method::Generate)
        .collect();
    let prompt = prompt(call, chain[0])?;
    match &call.how.text_in {
        Some(member) if call.streams() => stream(routes, call, &chain, &prompt, member).await,
        Some(member) => text(routes, call, &chain, &prompt, member).await,
        None => object(routes, call, &chain, prompt).await,
    }
}

/// What the model is asked.
fn prompt(call: &Call<'_>, first: &Route) -> Result<Prompt, Refusal> {
    let system = call.how.system.render(&call.input);
    let output_tokens_max = call.output_tokens_max(first.model.output_tokens_max);
    let json = match &call.how.text_in {
        Some(_) => JsonMode::Off,
        None => JsonMode::Schema { name: None, schema: call.how.answer_schema.clone() },
    };
    let prompt = match &call.how.messages {
        Some(member) => {
            let turns = conversation(call.input.get(member))?;
            Prompt { system, turns, output_tokens_max, ..Prompt::default() }
        }
        None => Prompt::of_text(system, call.how.prompt.render(&call.input), output_tokens_max),
    };
    Ok(with_pictures(call, Prompt { json, ..prompt }))
}

/// A tool for models that see may have a member `image`: a data URL or the address of a picture.
fn with_pictures(call: &Call<'_>, mut prompt: Prompt) -> Prompt {
    if call.how.needs.contains(&aipaygen_catalog::Capability::Vision)
        && let Some(Value::String(image)) = call.input.get("image")
        && let Some(Turn::User(contents)) = prompt.turns.last_mut()
    {
        contents.push(Content::Image(Image::parse(image)));
    }
    prompt
}

/// Turns of `{role, content}`.
fn conversation(messages: Option<&Value>) -> Result<Vec<Turn>, Refusal> {
    let field = "/messages";
    let messages = messages.and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let messages = messages.ok_or(Refusal::Input { field, reason: "is a list with at least one message" })?;
    let turns: Result<Vec<_>, _> = messages
        .iter()
        .map(|message| match (message["role"].as_str(), message["content"].as_str()) {
            (Some("user"), Some(text)) => Ok(Turn::User(vec![Content::Text(text.to_owned())])),
            (Some("assistant"), Some(text)) => Ok(Turn::Assistant { text: text.to_owned(), calls: vec![] }),
            (Some(_) | None, _) => {
                Err(Refusal::Input { field, reason: "holds role (user or assistant) and content" })
            }
        })
        .collect();
    let turns = turns?;
    match turns.last() {
        Some(Turn::User(_)) => Ok(turns),
        Some(Turn::Assistant { .. } | Turn::Function { .. }) | None => {
            Err(Refusal::Input { field, reason: "ends with a message of the user" })
        }
    }
}

async fn text(
    routes: &Routes,
    call: &Call<'_>,
    chain: &[&Route],
    prompt: &Prompt,
    member: &str,
) -> Result<ToolOutcome, Refusal> {
    let Answered { route, answer } = routes.generate(chain, prompt, &call.watch, |_| None).await?;
    let Generated { text, tokens, .. } = answer;
    let members = checked(call, Map::from_iter([(member.to_owned(), Value::String(text.trim().to_owned()))]))?;
    told(&route.model.alias, &route.model.provider, tokens, members)
}

/// Sends the text bit by bit as `{member: bit}`; the end says who answered and what it took.
async fn stream(
    routes: &Routes,
    call: &Call<'_>,
    chain: &[&Route],
    prompt: &Prompt,
    member: &str,
) -> Result<ToolOutcome, Refusal> {
    let (sender, bits) = mpsc::channel(BITS_AHEAD);
    let generate = async {
        // Taken in, so that the reader below finds its end.
        let sender = sender;
        let of = |route: &Route| Some(Bits::new(sender.clone(), route.model.alias.clone()));
        routes.generate(chain, prompt, &call.watch, of).await
    };
    let forward = async {
        // Taken in as well, so that the sender finds that nobody listens any more.
        let mut bits = bits;
        while let Some((delta, used)) = bits.recv().await {
            if let Delta::Text(text) = delta {
                call.send(piece(used, &json!({ member: text }))).await?;
            }
        }
        Ok::<_, Fault>(())
    };
    let (answered, forwarded) = tokio::join!(generate, forward);
    let Answered { route, answer } = answered?;
    forwarded?;
    let finish = Map::from_iter([("finish_reason".to_owned(), answer.finish.as_str().into())]);
    told(&route.model.alias, &route.model.provider, answer.tokens, finish)
}

fn piece(used: Used, body: &Value) -> ToolPiece {
    ToolPiece { used, body: body.to_string().into() }
}

/// The model's JSON, held against the tool's schema. It is asked once more, with what was wrong, before it is given
/// up; the caller pays for the answer that is used.
async fn object(
    routes: &Routes,
    call: &Call<'_>,
    chain: &[&Route],
    mut prompt: Prompt,
) -> Result<ToolOutcome, Refusal> {
    let first = routes.generate(chain, &prompt, &call.watch, |_| None).await?;
    let wrong = match shaped(call, &first.answer.text) {
        Ok(members) => {
            return told(&first.route.model.alias, &first.route.model.provider, first.answer.tokens, members);
        }
        Err(wrong) => wrong,
    };
    prompt.turns.push(Turn::Assistant { text: first.answer.text, calls: vec![] });
    prompt.turns.push(Turn::User(vec![Content::Text(format!(
        "That is not the JSON object that was asked for: {wrong}. Answer again, with the JSON object and nothing else."
    ))]));
    let again = routes.generate(&[first.route], &prompt, &call.watch, |_| None).await?;
    let members = shaped(call, &again.answer.text).map_err(|_| Refusal::Misshapen)?;
    told(&again.route.model.alias, &again.route.model.provider, again.answer.tokens, members)
}

/// The members in a model's text, or what is wrong with it.
fn shaped(call: &Call<'_>, text: &str) -> Result<Map<String, Value>, String> {
    let mut members = json::object_in(text).ok_or("it is not JSON")?;
    // What was not asked for is left out; what was is left as it is.
    if let Some(known) = call.how.answer_schema["properties"].as_object() {
        members.retain(|name, _| known.contains_key(name));
    }
    let bytes = serde_json::to_vec(&members).expect("JSON values are JSON");
    call.how.validate_answer(&bytes).map_err(|invalid| invalid.to_string())?;
    Ok(members)
}

/// Members that were made here and not by a model's JSON.
fn checked(call: &Call<'_>, members: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let bytes = serde_json::to_vec(&members).expect("JSON values are JSON");
    call.how.validate_answer(&bytes).map(|()| members).map_err(|_| Refusal::Misshapen)
}

/// The tool's members, and who answered with what.
fn told(
    model: &str,
    provider: &str,
    tokens: Tokens,
    mut members: Map<String, Value>,
) -> Result<ToolOutcome, Refusal> {
    members.insert("model".to_owned(), model.into());
    members.insert("provider".to_owned(), provider.into());
    members.insert("usage".to_owned(), json!({ "input_tokens": tokens.input, "output_tokens": tokens.output }));
    Ok(ToolOutcome::Answered {
        body: Value::Object(members).to_string().into(),
        tokens,
        model: Some(model.to_owned()),
    })
}

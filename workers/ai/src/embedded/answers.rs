//! Answers by word vectors and statistics of the text. Which question it is, the members of the input tell, so that a
//! further tool of such a kind is a file.

use aipaygen_catalog::Method;
use aipaygen_embedded::sentiment::Feeling;
use aipaygen_embedded::{Vectors, compare, keywords, language, nearest, rounded, sentiment, summary};
use aipaygen_events::account::Tokens;
use serde_json::{Map, Value, json};

use super::{broken, refused, tokens};
use crate::engine::Fault;

type Members = Map<String, Value>;

const KEYWORDS: usize = 10;
const TAGS: usize = 5;
const PASSAGES: usize = 3;
/// Statistics of a text take time that grows faster than it.
const KEYWORDS_BYTES_MAX: usize = 32_768;
/// A text in another language is refused where that is as sure as this.
const SURE: f64 = 0.9;
const ENGLISH: &str = "eng";

/// Whether a summary is to be written anew.
pub(super) fn is_to_be_written(input: &Members) -> bool {
    input.get("style").and_then(Value::as_str) == Some("abstractive")
}

/// The members of an answer, and what was read for it.
pub(super) fn answer(
    method: Method,
    tool: &str,
    input: &Members,
    vectors: Option<&Vectors>,
) -> Result<(Members, Tokens), Fault> {
    let answer = match (method, vectors) {
        (Method::Extractive, Some(vectors)) => summarize(input, vectors),
        (Method::Vectors, Some(vectors)) => by_vectors(input, vectors)?,
        (Method::Keywords, _) => by_statistics(tool, input, vectors),
        (Method::Sentiment, _) => feel(text(input, "text"))?,
        (Method::Language, _) => tell_language(text(input, "text")),
        (Method::Extractive | Method::Vectors | Method::Generate | Method::None, _) => {
            return Err(broken("this is not answered so"));
        }
    };
    let Value::Object(members) = answer else { return Err(broken("an answer is an object")) };
    Ok((members, Tokens { input: read(input, vectors), output: 0 }))
}

fn by_vectors(input: &Members, vectors: &Vectors) -> Result<Value, Fault> {
    if input.contains_key("categories") {
        return Ok(classify(input, vectors));
    }
    if input.contains_key("documents") {
        return Ok(ask_documents(input, vectors));
    }
    if input.contains_key("text_a") {
        return Ok(compared(input, vectors));
    }
    Err(broken("the embedded vectors answer tools with categories, documents, or text_a and text_b"))
}

fn summarize(input: &Members, vectors: &Vectors) -> Value {
    let count = match text(input, "length") {
        "short" => 1,
        "long" => 6,
        _ => 3,
    };
    json!({ "summary": summary::of(vectors, text(input, "text"), count).join(" ") })
}

fn classify(input: &Members, vectors: &Vectors) -> Value {
    let categories = texts(input, "categories");
    let shares = nearest::shares(vectors, text(input, "text"), &categories);
    let best = shares.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map_or(0, |(n, _)| n);
    let scores: Members = categories.iter().cloned().zip(shares.iter().map(|share| json!(rounded(*share)))).collect();
    json!({ "category": categories[best], "confidence": rounded(shares[best]), "scores": scores })
}

fn ask_documents(input: &Members, vectors: &Vectors) -> Value {
    let (documents, count) = (texts(input, "documents"), count(input, "max_passages", PASSAGES));
    let passages = nearest::passages(vectors, &documents, text(input, "query"), count);
    let mut sources: Vec<_> = passages.iter().map(|passage| passage.document).collect();
    sources.dedup();
    let answer: Vec<_> = passages.into_iter().map(|passage| passage.text).collect();
    json!({ "answer": answer.join(" "), "sources": sources })
}

fn compared(input: &Members, vectors: &Vectors) -> Value {
    let found = compare::of(vectors, text(input, "text_a"), text(input, "text_b"));
    let first = found.only_first.iter().map(|sentence| format!("A: {sentence}"));
    let differences: Vec<_> =
        first.chain(found.only_second.iter().map(|sentence| format!("B: {sentence}"))).collect();
    json!({ "similarity": rounded(found.similarity), "similarities": found.both, "differences": differences })
}

fn by_statistics(tool: &str, input: &Members, vectors: Option<&Vectors>) -> Value {
    let text = beginning(text(input, "text"));
    if let (Some(vectors), false) = (vectors, texts(input, "tags").is_empty()) {
        return json!({ "tags": nearest_tags(vectors, text, &texts(input, "tags"), count(input, "max_tags", TAGS)) });
    }
    if tool == "tag" {
        let found = keywords::of(text, count(input, "max_tags", TAGS));
        return json!({ "tags": found.iter().map(|tag| tag.to_lowercase()).collect::<Vec<_>>() });
    }
    json!({ "keywords": keywords::of(text, count(input, "max_keywords", KEYWORDS)) })
}

/// The tags that are nearer to the text than tags are on average.
fn nearest_tags(vectors: &Vectors, text: &str, tags: &[String], count: usize) -> Vec<String> {
    let mut shares: Vec<_> = nearest::shares(vectors, text, tags).into_iter().zip(tags).collect();
    shares.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let above = nearest::even_share(tags.len());
    shares.into_iter().take(count).filter(|(share, _)| *share >= above).map(|(_, tag)| tag.clone()).collect()
}

fn feel(text: &str) -> Result<Value, Fault> {
    if language::of(text).is_some_and(|found| found.code != ENGLISH && found.confidence >= SURE) {
        return Err(refused("the embedded lexicon of sentiment knows English only"));
    }
    let found = sentiment::of(text);
    let feeling = match found.feeling {
        Feeling::Positive => "positive",
        Feeling::Negative => "negative",
        Feeling::Neutral => "neutral",
        Feeling::Mixed => "mixed",
    };
    Ok(json!({ "sentiment": feeling, "score": rounded(found.score), "confidence": rounded(found.confidence) }))
}

/// A text without letters is in no language: `und`, as ISO 639 has it.
fn tell_language(text: &str) -> Value {
    match language::of(text) {
        Some(found) => {
            json!({ "language": found.code, "name": found.name, "confidence": rounded(found.confidence) })
        }
        None => json!({ "language": "und", "name": "Undetermined", "confidence": 0 }),
    }
}

pub(super) fn text<'a>(input: &'a Members, member: &str) -> &'a str {
    input.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn texts(input: &Members, member: &str) -> Vec<String> {
    let texts = input.get(member).and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn count(input: &Members, member: &str, usual: usize) -> usize {
    input.get(member).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or(usual)
}

/// The beginning of a text, as much as statistics are made of.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEYWORDS_BYTES_MAX.min(text.len()))]
}

/// What was read, in tokens; in words where nothing counts tokens.
fn read(input: &Members, vectors: Option<&Vectors>) -> u64 {
    let said = input.values().flat_map(|value| match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    });
    let count = |text: &str| vectors.map_or_else(|| text.split_whitespace().count(), |vectors| vectors.count(text));
    tokens(said.map(count).sum())
}

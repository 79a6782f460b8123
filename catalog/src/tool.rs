//! One thing that is sold, as its file describes it.

use aipaygen_events::MicroUsd;
use serde::Deserialize;
use serde_json::Value;

use crate::model_call::{self, ModelCall};
use crate::models::Models;
use crate::validate::{Invalid, Schema};

/// A tool.
#[derive(Debug)]
pub struct Tool {
    /// Its name, as in `POST /tools/{name}`: lower-case letters, digits, `_` and `-`.
    pub name: String,
    /// A name for people.
    pub title: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What a call costs.
    pub price: MicroUsd,
    /// The queue whose workers run it.
    pub queue: String,
    /// Whether a worker checks the input before it is charged.
    pub check: bool,
    /// How long a call may take.
    pub timeout_ms: u64,
    /// Further paths that it answers on, such as `/code/run`.
    pub routes: Vec<String>,
    /// JSON Schema (2020-12) of the request body.
    pub input_schema: Value,
    /// JSON Schema (2020-12) of a 200's body.
    pub output_schema: Value,
    /// A call that works.
    pub example: Example,
    /// How a model answers it, if one does.
    pub model: Option<ModelCall>,
    schema: Schema,
}

/// A call that works.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A request body.
    pub input: Value,
    /// The answer to it.
    pub output: Value,
}

/// Why a file is not a tool.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Not TOML, or not of the shape.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
    /// A value that cannot be.
    #[error("{field}: {reason}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Why not.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    summary: String,
    price_usd: String,
    queue: String,
    check: bool,
    timeout_ms: u64,
    routes: Vec<String>,
    input_schema: Value,
    output_schema: Value,
    example: Example,
    model: Option<model_call::File>,
}

impl Tool {
    /// Reads the text of a tool's file; a model that it names is one of these.
    pub fn parse(text: &str, models: &Models) -> Result<Self, ToolError> {
        let mut file: File = toml::from_str(text)?;
        require_name("name", &file.name)?;
        require_name("queue", &file.queue)?;
        require_routes(&file.routes)?;
        let price = file.price_usd.parse().map_err(|e| refuse("price_usd", e))?;
        let (input, output) = (&mut file.input_schema, &mut file.output_schema);
        require_objects(input, output)?;
        let model = file.model.map(|model| ModelCall::try_new(model, models, input, output)).transpose()?;
        let schema = Schema::compile(&file.input_schema).map_err(|e| refuse("input_schema", e))?;
        Schema::compile(&file.output_schema).map_err(|e| refuse("output_schema", e))?;
        if file.timeout_ms == 0 {
            return Err(refuse("timeout_ms", "a call takes time"));
        }
        let tool = Self {
            name: file.name,
            title: file.title,
            summary: file.summary,
            price,
            queue: file.queue,
            // Which model answers, and whether one can, is asked before the charge.
            check: file.check || model.is_some(),
            timeout_ms: file.timeout_ms,
            routes: file.routes,
            input_schema: file.input_schema,
            output_schema: file.output_schema,
            example: file.example,
            model,
            schema,
        };
        let example = serde_json::to_vec(&tool.example.input).expect("a JSON value is JSON");
        tool.validate(&example).map_err(|e| refuse("example.input", e))?;
        Ok(tool)
    }

    /// Whether a request body is what the tool takes. What is said of a body that is not never quotes it.
    pub fn validate(&self, body: &[u8]) -> Result<(), Invalid> {
        self.schema.validate(body)
    }
}

fn refuse(field: &'static str, reason: impl ToString) -> ToolError {
    ToolError::Field { field, reason: reason.to_string() }
}

/// What is sold takes and gives JSON objects; an answer that says nothing of its members may have any.
fn require_objects(input: &Value, output: &Value) -> Result<(), ToolError> {
    for (field, schema) in [("input_schema", input), ("output_schema", output)] {
        let properties = &schema["properties"];
        if !schema.is_object() || !(properties.is_null() || properties.is_object()) {
            return Err(refuse(field, "an object whose properties are an object"));
        }
    }
    Ok(())
}

fn require_name(field: &'static str, name: &str) -> Result<(), ToolError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if !name.is_empty() && name.len() <= 64 && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(refuse(field, "1 to 64 lower-case letters, digits, _ and -"))
}

fn require_routes(routes: &[String]) -> Result<(), ToolError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
    let allowed = |route: &String| {
        route.starts_with('/') && !route.ends_with('/') && !route.contains("//") && route.bytes().all(plain)
    };
    match routes.iter().find(|route| !allowed(route)) {
        None => Ok(()),
        Some(route) => Err(refuse("routes", format!("{route} is no plain absolute path"))),
    }
}

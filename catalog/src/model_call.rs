//! How a tool is answered by a model: the section `[model]` of its file.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::models::{Capability, Model, Models};
use crate::template::Template;
use crate::tool::ToolError;
use crate::validate::{Invalid, Schema};

/// How a model answers a tool.
#[derive(Debug)]
pub struct ModelCall {
    /// What the call and its answer look like.
    pub form: Form,
    /// What the model is told before anything else; empty for nothing.
    pub system: Template,
    /// What the caller's members become; empty where `messages` is a conversation.
    pub prompt: Template,
    /// The member of the request that holds a conversation, if it is one.
    pub messages: Option<String>,
    /// The member of the answer that holds the model's text; without it the model answers JSON of the answer's shape.
    pub text_in: Option<String>,
    /// The aliases that a caller may choose, by alias.
    pub models: Vec<String>,
    /// What a model must be able to do.
    pub needs: Vec<Capability>,
    /// How many tokens an answer may have, and has where the caller does not say.
    pub output_tokens_max: u32,
    /// Whether it can be answered bit by bit.
    pub stream: bool,
    /// How it is answered without any provider.
    pub embedded: Method,
    /// JSON Schema of what the model answers: the tool's own members.
    pub answer_schema: Value,
    answer: Schema,
}

/// What a call and its answer look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Members of the tool's own.
    Tool,
    /// A chat completion as `OpenAI` writes it.
    Completions,
    /// Embeddings as `OpenAI` writes them.
    Embeddings,
}

/// How a tool is answered without any provider, honestly or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The small language model writes it.
    Generate,
    /// The sentences that say most are picked from the text.
    Extractive,
    /// Static word vectors decide.
    Vectors,
    /// A lexicon of sentiment decides.
    Sentiment,
    /// Statistics of the text pick its keywords.
    Keywords,
    /// The language is told from its trigrams.
    Language,
    /// It is not: this needs a larger model.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default = "tool_form")]
    form: Form,
    #[serde(default)]
    system: String,
    #[serde(default)]
    prompt: String,
    messages: Option<String>,
    text_in: Option<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    needs: Vec<Capability>,
    output_tokens_max: u32,
    #[serde(default)]
    stream: bool,
    embedded: Method,
}

const fn tool_form() -> Form {
    Form::Tool
}

impl ModelCall {
    /// Reads the section of a tool with these schemas, which gain the members that every tool of its kind has.
    pub(crate) fn try_new(
        file: File,
        models: &Models,
        input_schema: &mut Value,
        output_schema: &mut Value,
    ) -> Result<Self, ToolError> {
        let answer = Schema::compile(output_schema).map_err(|e| refuse("output_schema", e))?;
        let call = Self {
            models: allowed(&file, models)?,
            form: file.form,
            system: Template::parse(&file.system).map_err(|e| refuse("model.system", e))?,
            prompt: Template::parse(&file.prompt).map_err(|e| refuse("model.prompt", e))?,
            messages: file.messages,
            text_in: file.text_in,
            needs: file.needs,
            output_tokens_max: file.output_tokens_max,
            stream: file.stream,
            embedded: file.embedded,
            answer_schema: output_schema.clone(),
            answer,
        };
        if call.form == Form::Tool {
            call.validate(input_schema, output_schema)?;
            call.extend_input(input_schema);
            extend_output(output_schema);
        }
        Ok(call)
    }

    /// Whether this is an answer of the tool's shape, before the members that are added to it.
    pub fn validate_answer(&self, answer: &[u8]) -> Result<(), Invalid> {
        self.answer.validate(answer)
    }

    fn validate(&self, input: &Value, output: &Value) -> Result<(), ToolError> {
        if self.output_tokens_max == 0 {
            return Err(refuse("model.output_tokens_max", "an answer has a token"));
        }
        if self.prompt.is_empty() == self.messages.is_none() {
            return Err(refuse("model.prompt", "either a prompt or the member that holds the messages"));
        }
        let places = self.system.fields().into_iter().chain(self.prompt.fields()).chain(self.messages.as_deref());
        for field in places {
            if input["properties"].get(field).is_none() {
                return Err(refuse("model.prompt", format!("{field} is no member of the input")));
            }
        }
        if let Some(field) = &self.text_in
            && output["properties"][field]["type"] != "string"
        {
            return Err(refuse("model.text_in", format!("{field} is no text of the output")));
        }
        if self.stream && self.text_in.is_none() {
            return Err(refuse("model.stream", "only text is answered bit by bit"));
        }
        Ok(())
    }

    /// Every such tool lets the caller choose the model, and how long the answer may be.
    fn extend_input(&self, schema: &mut Value) {
        let members = properties(schema);
        members.insert(
            "model".to_owned(),
            json!({ "type": "string", "enum": self.models, "description": "Who answers; see GET /models." }),
        );
        members.insert(
            "max_tokens".to_owned(),
            json!({
                "type": "integer", "minimum": 1, "maximum": self.output_tokens_max,
                "description": "How many tokens the answer may have.",
            }),
        );
        if self.stream {
            let description = "Answer bit by bit, as server-sent events.";
            members.insert("stream".to_owned(), json!({ "type": "boolean", "description": description }));
        }
    }
}

/// Every such answer says who gave it, and what it took.
fn extend_output(schema: &mut Value) {
    let members = properties(schema);
    members.insert("model".to_owned(), json!({ "type": "string", "description": "The model that answered." }));
    members.insert("provider".to_owned(), json!({ "type": "string", "description": "Who runs it." }));
    members.insert(
        "usage".to_owned(),
        json!({
            "type": "object",
            "description": "Tokens that were read and written.",
            "properties": { "input_tokens": { "type": "integer" }, "output_tokens": { "type": "integer" } },
        }),
    );
}

fn properties(schema: &mut Value) -> &mut Map<String, Value> {
    let members = schema.as_object_mut().expect("it compiled and has properties, or is an object without");
    let properties = members.entry("properties").or_insert_with(|| json!({}));
    properties.as_object_mut().expect("properties of a schema that compiled are an object")
}

/// The aliases that the file names, or else every model that can do what is needed.
fn allowed(file: &File, models: &Models) -> Result<Vec<String>, ToolError> {
    let mut needs = file.needs.clone();
    needs.push(if file.form == Form::Embeddings { Capability::Embeddings } else { Capability::Chat });
    if let Some(unknown) = file.models.iter().find(|alias| models.get(alias).is_none_or(|model| !model.can(&needs))) {
        return Err(refuse("model.models", format!("{unknown} is no model that can do this")));
    }
    let chosen = |model: &&Model| file.models.is_empty() || file.models.contains(&model.alias);
    let honest = |model: &&Model| !(model.is_embedded() && file.embedded == Method::None);
    let allowed = models.iter().filter(|model| model.can(&needs)).filter(chosen).filter(honest);
    let mut aliases: Vec<_> = allowed.map(|model| model.alias.clone()).collect();
    // Where words are picked or counted and none are written, who does it is still called by the same name.
    let counted = !matches!(file.embedded, Method::None | Method::Generate);
    if counted && file.form == Form::Tool && !aliases.iter().any(|alias| alias == crate::models::EMBEDDED) {
        aliases.push(crate::models::EMBEDDED.to_owned());
    }
    if aliases.is_empty() {
        return Err(refuse("model.models", "no model can do this"));
    }
    Ok(aliases)
}

fn refuse(field: &'static str, reason: impl ToString) -> ToolError {
    ToolError::Field { field, reason: reason.to_string() }
}

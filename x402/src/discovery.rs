//! The extensions of a 402: how to call what is sold (`bazaar`), and a buyer's own id for a payment
//! (`payment-identifier`).

use serde_json::{Map, Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// How a route that takes a JSON body is called, for catalogues of facilitators.
#[derive(Clone, Copy, Debug)]
pub struct Discovery<'a> {
    /// The HTTP method, such as `POST`.
    pub method: &'a str,
    /// A body that the route takes.
    pub body: &'a Value,
    /// The JSON Schema of such bodies.
    pub body_schema: &'a Value,
    /// An answer, if one can be shown.
    pub answer: Option<&'a Value>,
}

impl Discovery<'_> {
    /// Adds `bazaar` to the extensions of a 402.
    pub fn declare(&self, extensions: &mut Map<String, Value>) {
        extensions.insert("bazaar".to_owned(), json!({ "info": self.info(), "schema": self.schema() }));
    }

    fn info(&self) -> Value {
        let input = json!({ "type": "http", "method": self.method, "bodyType": "json", "body": self.body });
        match self.answer {
            Some(answer) => json!({ "input": input, "output": { "type": "json", "example": answer } }),
            None => json!({ "input": input }),
        }
    }

    /// The schema that `info` satisfies: facilitators check it before they list a resource.
    fn schema(&self) -> Value {
        let input = json!({
            "type": "object",
            "properties": {
                "type": { "type": "string", "const": "http" },
                "method": { "type": "string", "enum": [self.method] },
                "bodyType": { "type": "string", "enum": ["json"] },
                "body": self.body_schema,
            },
            "required": ["type", "method", "bodyType", "body"],
            "additionalProperties": false,
        });
        let mut properties = json!({ "input": input });
        if self.answer.is_some() {
            properties["output"] = json!({
                "type": "object",
                "properties": { "type": { "type": "string" }, "example": {} },
                "required": ["type"],
            });
        }
        json!({ "$schema": DRAFT, "type": "object", "properties": properties, "required": ["input"] })
    }
}

/// Adds `payment-identifier` to the extensions of a 402: a buyer may give an id of its own, and need not.
pub fn payment_identifier(extensions: &mut Map<String, Value>) {
    let id = json!({ "type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[a-zA-Z0-9_-]+$" });
    let schema = json!({
        "$schema": DRAFT,
        "type": "object",
        "properties": { "required": { "type": "boolean" }, "id": id },
        "required": ["required"],
    });
    let declared = json!({ "info": { "required": false }, "schema": schema });
    extensions.insert("payment-identifier".to_owned(), declared);
}

//! Whether a request body is what a tool takes, said without quoting a byte of it.

use std::fmt;

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::Value;

/// How many violations of one body are told.
const VIOLATIONS_MAX: usize = 16;

/// A compiled JSON Schema. References to anything outside it are refused when it is compiled.
#[derive(Debug)]
pub(crate) struct Schema(Validator);

/// Why a body is not what a tool takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not JSON: 400.
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another shape: 422.
    Shape(Vec<Violation>),
}

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901) into the body, empty for the body itself. A member that should not be
    /// there is not named, since its name is the caller's.
    pub field: String,
    /// The keyword of JSON Schema, such as `required`.
    pub rule: String,
    /// What the rule asks for, in words.
    pub message: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column } => write!(f, "not JSON at line {line}, column {column}"),
            Self::Shape(violations) => {
                let texts: Vec<_> = violations.iter().map(|v| format!("{}: {}", v.field, v.message)).collect();
                f.write_str(&texts.join("; "))
            }
        }
    }
}

impl Schema {
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        jsonschema::draft202012::new(schema).map(Self).map_err(|error| error.to_string())
    }

    pub(crate) fn validate(&self, body: &[u8]) -> Result<(), Invalid> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Invalid::Syntax { line: error.line(), column: error.column() })?;
        if self.0.is_valid(&body) {
            return Ok(());
        }
        Err(Invalid::Shape(self.0.iter_errors(&body).take(VIOLATIONS_MAX).map(|e| violation(&e)).collect()))
    }
}

fn violation(error: &ValidationError<'_>) -> Violation {
    let mut field = error.instance_path().as_str().to_owned();
    let kind = error.kind();
    if let Kind::Required { property } = kind {
        // The name comes from our schema, not from the body.
        field = format!("{field}/{}", property.as_str().unwrap_or_default());
    }
    Violation { field, rule: kind.keyword().to_owned(), message: message(kind) }
}

/// What was asked for, from the schema alone.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is the library's, and grows")]
fn message(kind: &Kind) -> String {
    match kind {
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } | Kind::FalseSchema => {
            "has a member that is not known".to_owned()
        }
        Kind::Required { .. } => "is required".to_owned(),
        Kind::MinLength { limit } => format!("has at least {limit} characters"),
        Kind::MaxLength { limit } => format!("has at most {limit} characters"),
        Kind::MinItems { limit } => format!("has at least {limit} items"),
        Kind::MaxItems { limit } => format!("has at most {limit} items"),
        Kind::MaxProperties { limit } => format!("has at most {limit} members"),
        Kind::Minimum { limit } => format!("is at least {limit}"),
        Kind::Maximum { limit } => format!("is at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("is above {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("is below {limit}"),
        Kind::Type { kind } => format!("is of type {}", type_name(kind)),
        Kind::Enum { options } => format!("is one of {options}"),
        Kind::Constant { expected_value } => format!("is {expected_value}"),
        Kind::Pattern { pattern } => format!("matches {pattern}"),
        other => format!("meets the rule {}", other.keyword()),
    }
}

fn type_name(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(name) => name.to_string(),
        jsonschema::error::TypeKind::Multiple(names) => {
            names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

//! The AI tools as shipped, file by file: their prices are the published ones, their examples work, and their prompts
//! keep what a caller sends apart from what the model is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::{Catalog, Form, Method, ModelCall, Tool};

/// The published prices, in USD.
const PRICES: &[(&str, &str)] = &[
    (
        "0.01",
        "summarize analyze translate extract qa classify sentiment keywords compare transform proofread explain \
         questions outline regex score timeline action headline fact rewrite tag json-schema language",
    ),
    (
        "0.02",
        "write code social chat plan decide email sql mock pitch debate vision rag diagram test-cases diff changelog \
         name-generator privacy-check",
    ),
    ("0.03", "generate-docs convert-code parse-csv"),
    ("0.05", "review-code generate-api-spec"),
];

/// Tools that are answered without any key, and how.
const EMBEDDED: &[(Method, &str)] = &[
    (Method::Generate, "qa explain rewrite code chat"),
    (Method::Extractive, "summarize"),
    (Method::Vectors, "classify compare rag"),
    (Method::Sentiment, "sentiment"),
    (Method::Keywords, "keywords tag"),
    (Method::Language, "language"),
];

fn tools(catalog: &Catalog) -> Vec<(&Tool, &ModelCall)> {
    let with_model = catalog.tools().filter_map(|tool| Some((tool, tool.model.as_ref()?)));
    with_model.filter(|(_, call)| call.form == Form::Tool).collect()
}

#[test]
fn every_tool_has_its_published_price_and_route() {
    let catalog = Catalog::built_in().unwrap();
    let mut seen = 0;
    for (price, names) in PRICES {
        for name in names.split_whitespace() {
            let tool = catalog.get(name).unwrap_or_else(|| panic!("{name} is not there"));
            assert_eq!(tool.price.to_string(), *price, "{name}");
            assert!(tool.routes.contains(&format!("/{name}")), "{name}");
            assert_eq!(tool.queue, "ai", "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, tools(&catalog).len(), "a tool has no published price");
}

#[test]
fn every_example_is_of_its_shape_and_every_text_is_bounded() {
    let catalog = Catalog::built_in().unwrap();
    for (tool, call) in tools(&catalog) {
        let mut output = tool.example.output.clone();
        let members = output.as_object_mut().unwrap();
        members.retain(|name, _| !["model", "provider", "usage"].contains(&name.as_str()));
        let invalid = call.validate_answer(output.to_string().as_bytes());
        assert!(invalid.is_ok(), "{}: {invalid:?}", tool.name);
        for (name, member) in tool.input_schema["properties"].as_object().unwrap() {
            let bounded = match member["type"].as_str() {
                Some("string") => member["maxLength"].is_u64() || member["enum"].is_array(),
                Some("array") => member["maxItems"].is_u64(),
                Some("integer") => member["maximum"].is_u64(),
                Some(_) | None => true,
            };
            assert!(bounded, "{}: {name} has no bound", tool.name);
        }
    }
}

/// Whatever is long stands between marks, and what the model is told first is the same in every call.
#[test]
fn what_a_caller_sends_is_kept_apart() {
    let catalog = Catalog::built_in().unwrap();
    for (tool, call) in tools(&catalog).into_iter().filter(|(_, call)| call.messages.is_none()) {
        assert!(call.system.fields().is_empty(), "{}: instructions are the tool's own", tool.name);
        let told = call.system.render(&serde_json::Map::new());
        assert!(told.contains("never"), "{}: says what is no instruction", tool.name);
        let rendered = call.prompt.render(tool.example.input.as_object().unwrap());
        for (name, value) in tool.example.input.as_object().unwrap() {
            let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let used = rendered.contains(&said) || ["image", "style"].contains(&name.as_str());
            assert!(used, "{}: {name} is not used", tool.name);
        }
    }
}

#[test]
fn what_is_answered_without_a_key_is_said() {
    let catalog = Catalog::built_in().unwrap();
    for (tool, call) in tools(&catalog) {
        let told = EMBEDDED.iter().find(|(_, names)| names.split_whitespace().any(|name| name == tool.name));
        let expected = told.map_or(Method::None, |(method, _)| *method);
        assert_eq!(call.embedded, expected, "{}", tool.name);
        let named = call.models.iter().any(|alias| alias == crate::EMBEDDED);
        assert_eq!(named, expected != Method::None, "{}: models", tool.name);
        assert!(matches!(tool.output_schema["properties"]["usage"], Value::Object(_)), "{}", tool.name);
    }
}

//! The catalogue as shipped, and what a bad file or body is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use aipaygen_events::MicroUsd;
use aipaygen_events::account::Tokens;

use super::*;

fn code_run(body: &str) -> Result<(), Invalid> {
    Catalog::built_in().unwrap().get("code_run").unwrap().validate(body.as_bytes())
}

fn violations(body: &str) -> Vec<(String, String)> {
    match code_run(body).unwrap_err() {
        Invalid::Shape(found) => found.into_iter().map(|v| (v.field, v.message)).collect(),
        Invalid::Syntax { line, column } => panic!("syntax {line}:{column}"),
    }
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn the_published_prices_stand() {
    let catalog = Catalog::built_in().unwrap();
    let price = |name| catalog.get(name).unwrap().price.to_string();
    assert_eq!((price("code_run"), price("ping")), ("0.02".to_owned(), "0.0001".to_owned()));
    assert_eq!(["scrape", "scrape_batch", "search"].map(price), ["0.01", "0.10", "0.01"].map(str::to_owned));
}

#[test]
fn the_published_rates_stand() {
    let catalog = Catalog::built_in().unwrap();
    let rate = |alias| {
        let model = catalog.models().get(alias).unwrap();
        (model.input_rate, model.output_rate)
    };
    assert_eq!(rate("haiku"), (800_000, 4_000_000));
    assert_eq!(rate("sonnet"), (3_000_000, 15_000_000));
    assert_eq!(rate("opus"), (15_000_000, 75_000_000));
    assert_eq!(rate("gpt-4o"), (2_500_000, 10_000_000));
    assert_eq!(rate("gpt-4o-mini"), (150_000, 600_000));
    assert_eq!(rate("gemini-2.5-pro"), (1_250_000, 10_000_000));
    assert_eq!(rate("gemini-2.5-flash"), (150_000, 600_000));
    assert_eq!(rate("deepseek-v3"), (270_000, 1_100_000));
    assert_eq!(rate("llama-3.3-70b"), (880_000, 880_000));
    assert_eq!(rate("embedded"), (10_000, 10_000));
}

#[test]
fn tokens_are_rounded_up_once_and_what_is_affordable_is_paid() {
    let haiku = Rate { input: 800_000, output: 4_000_000 };
    let price = |input, output| haiku.price_rounded_up(Tokens { input, output }).micro_usd();
    assert_eq!((price(0, 0), price(1, 0), price(0, 1), price(1, 1)), (0, 1, 4, 5));
    assert_eq!(price(1_000_000, 1_000_000), 4_800_000);
    assert_eq!(haiku.price_rounded_up(Tokens { input: u64::MAX, output: u64::MAX }), MicroUsd::MAX);
    let affordable = |available, input| haiku.output_tokens_affordable(MicroUsd::new(available).unwrap(), input);
    assert_eq!((affordable(100, 0), affordable(100, 125), affordable(100, 126)), (Some(25), Some(0), None));
    for available in 0..300 {
        let tokens = Tokens { input: 7, output: affordable(available, 7).unwrap_or_default() };
        assert!(tokens.output == 0 || price(tokens.input, tokens.output) <= available, "{available}");
    }
}

#[test]
fn a_tool_that_a_model_answers_has_the_members_of_its_kind() {
    let catalog = Catalog::built_in().unwrap();
    let chat = catalog.get("chat").unwrap();
    let members = &chat.input_schema["properties"];
    assert_eq!(members["max_tokens"]["maximum"], 4_096);
    assert!(members["model"]["enum"].as_array().unwrap().contains(&"haiku".into()));
    assert!(chat.output_schema["properties"]["usage"].is_object() && chat.check);
    let call = chat.model.as_ref().unwrap();
    assert_eq!(call.validate_answer(br#"{"reply":"x"}"#), Ok(()));
    assert!(call.validate_answer(br#"{"reply":1}"#).is_err());
    let body = |members: &str| format!(r#"{{"messages":[{{"role":"user","content":"x"}}]{members}}}"#).into_bytes();
    assert_eq!(chat.validate(&body(r#","model":"haiku","max_tokens":1,"stream":true"#)), Ok(()));
    assert!(chat.validate(&body(r#","model":"text-embedding-3-small""#)).is_err());
    assert!(chat.validate(&body(r#","max_tokens":4097"#)).is_err());
}

#[test]
fn a_section_that_no_model_can_follow_names_its_field() {
    let text = include_str!("../tools/chat.toml");
    let error = |from: &str, to: &str| {
        Catalog::try_new([("x.toml", text.replace(from, to).as_str())]).unwrap_err().to_string()
    };
    assert!(error("{{system}}", "{{sytsem}}").starts_with("x.toml: model.prompt: sytsem"));
    assert!(error("{{system}}", "{{system").starts_with("x.toml: model.system: "));
    assert!(error("messages = \"messages\"", "").starts_with("x.toml: model.prompt: "));
    assert!(error("text_in = \"reply\"", "text_in = \"answer\"").starts_with("x.toml: model.text_in: answer"));
    assert!(error("text_in = \"reply\"", "").starts_with("x.toml: model.stream: "));
    assert!(error("= 4_096", "= 0").starts_with("x.toml: model.output_tokens_max: "));
    assert!(error("stream = true", "stream = true\nmodels = [\"gpt-9\"]").starts_with("x.toml: model.models: gpt-9"));
    assert!(error("stream = true", "steram = true").contains("steram"));
}

#[test]
fn what_is_wrong_is_named_and_never_quoted() {
    assert_eq!(code_run(r#"{"code":"1"}"#), Ok(()));
    assert_eq!(violations("{}"), [("/code".into(), "is required".into())]);
    assert_eq!(violations("[]"), [(String::new(), "is of type object".into())]);
    assert_eq!(violations(r#"{"code":5}"#), [("/code".into(), "is of type string".into())]);
    assert_eq!(violations(r#"{"code":"1","timeout_s":31}"#), [("/timeout_s".into(), "is at most 30".into())]);
    let secret = violations(r#"{"code":"1","hunter2":"hunter2"}"#);
    assert_eq!(secret, [(String::new(), "has a member that is not known".into())]);
    let ping = Catalog::built_in().unwrap().get("ping").unwrap().validate(br#"{"hunter2":1}"#);
    assert!(ping.unwrap_err().to_string().ends_with("has a member that is not known"));
    assert_eq!(code_run("{\n!"), Err(Invalid::Syntax { line: 2, column: 1 }));
}

#[test]
fn a_file_that_is_no_tool_names_its_field() {
    let text = include_str!("../tools/ping.toml");
    let error = |from: &str, to: &str| {
        Catalog::try_new([("x.toml", text.replace(from, to).as_str())]).unwrap_err().to_string()
    };
    assert!(error("0.0001", "0.00000001").starts_with("x.toml: price_usd: "));
    assert!(error("timeout_ms = 5_000", "timeout_ms = 0").starts_with("x.toml: timeout_ms: "));
    assert!(error("routes = []", "routes = [\"/a//b\"]").starts_with("x.toml: routes: "));
    assert!(error("input = {}", "input = { a = 1 }").starts_with("x.toml: example.input: "));
    assert!(error("check = false", "chekc = false").contains("chekc"));
    let twice = Catalog::try_new([("a.toml", text), ("b.toml", text)]).unwrap_err();
    assert_eq!(twice.to_string(), "b.toml: ping is taken by another tool");
}

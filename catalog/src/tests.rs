//! The catalogue as shipped, and what a bad file or body is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
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

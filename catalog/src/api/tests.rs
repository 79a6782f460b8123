//! What a file of an API has to be.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{ApiEntry, Auth};

const GOOD: &str = include_str!("../../apis/nasa.toml");

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the file");
    ApiEntry::parse(&GOOD.replace(from, to), &[]).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_no_api_names_its_field() {
    let nasa = ApiEntry::parse(GOOD, &[]).unwrap();
    assert_eq!((nasa.origin().as_str(), nasa.auth.kind()), ("https://api.nasa.gov", "query"));
    assert_eq!(nasa.auth, Auth::Query { name: "api_key".to_owned() });
    assert!(error("id = \"nasa\"", "id = \"Na Sa\"").starts_with("id: "));
    assert!(error("\"api_key\"", "\"api key\"").starts_with("auth.name: "));
    assert!(error("method = \"GET\"", "method = \"TRACE\"").starts_with("endpoints.method: "));
    assert!(error("\"/planetary/apod\"", "\"/planetary/{a}{b}\"").starts_with("endpoints.path: "));
    assert!(error("\"/planetary/apod\"", "\"/planetary/../x\"").starts_with("endpoints.path: "));
    assert!(error("\"/planetary/apod\"", "\"/planetary?x=1\"").starts_with("endpoints.path: "));
    assert!(error("rate_hint", "rate_hnit").contains("rate_hnit"));
}

#[test]
fn an_api_is_at_a_public_name_over_https() {
    for base in [
        "http://api.nasa.gov",
        "https://127.0.0.1",
        "https://[::1]",
        "https://2130706433",
        "https://localhost",
        "https://printer.local",
        "https://metadata",
        "https://api.nasa.gov/",
        "https://user@api.nasa.gov",
        "https://api.nasa.gov?x=1",
        "https://api.nasa.gov:22",
        "ftp://api.nasa.gov",
        "https://0x7f.1",
    ] {
        assert!(error("https://api.nasa.gov\"\n", &format!("{base}\"\n")).starts_with("base_url: "), "{base}");
    }
}

#[test]
fn an_operator_can_name_hosts_of_an_intranet() {
    let file = GOOD.replace("base_url = \"https://api.nasa.gov\"", "base_url = \"http://127.0.0.1:8080/x\"");
    assert!(ApiEntry::parse(&file, &["127.0.0.1:8081".to_owned()]).is_err());
    let api = ApiEntry::parse(&file, &["127.0.0.1:8080".to_owned()]).unwrap();
    assert_eq!(api.origin(), "http://127.0.0.1:8080");
}

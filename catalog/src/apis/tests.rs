//! The files that come with the program, and what is found among them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use super::*;

#[test]
fn every_file_is_an_api_and_is_named_after_it() {
    let apis = Apis::built_in().unwrap();
    assert!(apis.iter().count() >= 20);
    for (file, text) in BUILT_IN {
        assert_eq!(ApiEntry::parse(text, &[]).unwrap().id, *file);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/apis");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), BUILT_IN.len());
}

#[test]
fn apis_are_found_by_words_category_and_kind_of_authentication_in_pages() {
    let apis = Apis::built_in().unwrap();
    let ids = |search: Search<'_>| apis.search(&search).map(|api| api.id.clone()).collect::<Vec<_>>();
    assert!(ids(Search { words: "Weather forecast", ..Search::default() }).contains(&"open-meteo".to_owned()));
    assert!(ids(Search { words: "weather xylophone", ..Search::default() }).is_empty());
    let keyless = ids(Search { auth: Some("none"), ..Search::default() });
    assert!(keyless.contains(&"open-meteo".to_owned()) && !keyless.contains(&"nasa".to_owned()));
    let science = ids(Search { category: Some("science"), ..Search::default() });
    assert!(science.len() >= 2);
    let rest = ids(Search { category: Some("science"), after: Some(&science[0]), ..Search::default() });
    assert_eq!(rest, science[1..]);
}

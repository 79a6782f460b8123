//! The keywords of a text, by YAKE: how often, where, how evenly and beside what a phrase stands.

use yake_rust::{Config, StopWords, get_n_best};

use super::language;

/// The phrases that a text is about, the most telling first, at most `count`, each of at most three words.
#[must_use]
pub fn of(text: &str, count: usize) -> Vec<String> {
    let language = language::of(text).and_then(|language| two_letters(language.code));
    let stop_words = language.and_then(StopWords::predefined).or_else(|| StopWords::predefined("en"));
    let config = Config { ngrams: 3, only_alphanumeric_and_hyphen: true, ..Config::default() };
    let found = get_n_best(count, text, &stop_words.unwrap_or_default(), &config);
    found.into_iter().map(|keyword| keyword.raw).collect()
}

/// The languages whose stop words are known, by ISO 639-3.
fn two_letters(code: &str) -> Option<&'static str> {
    let known = [
        ("ara", "ar"),
        ("bul", "bg"),
        ("ces", "cz"),
        ("dan", "da"),
        ("deu", "de"),
        ("ell", "el"),
        ("eng", "en"),
        ("spa", "es"),
        ("est", "et"),
        ("pes", "fa"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("hin", "hi"),
        ("hrv", "hr"),
        ("hun", "hu"),
        ("hye", "hy"),
        ("ind", "id"),
        ("ita", "it"),
        ("jpn", "ja"),
        ("lit", "lt"),
        ("lav", "lv"),
        ("nld", "nl"),
        ("nob", "no"),
        ("pol", "pl"),
        ("por", "pt"),
        ("ron", "ro"),
        ("rus", "ru"),
        ("slk", "sk"),
        ("slv", "sl"),
        ("swe", "sv"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("cmn", "zh"),
    ];
    known.iter().find(|(three, _)| *three == code).map(|(_, two)| *two)
}

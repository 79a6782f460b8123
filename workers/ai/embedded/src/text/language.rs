//! The language of a text, by its trigrams.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Language {
    /// As ISO 639-3 has it, such as `eng`.
    pub code: &'static str,
    /// Its name in English.
    pub name: &'static str,
    /// From 0 to 1.
    pub confidence: f64,
}

/// The language that most of a text is in; `None` for a text without letters.
#[must_use]
pub fn of(text: &str) -> Option<Language> {
    let found = whatlang::detect(text)?;
    let (language, confidence) = (found.lang(), found.confidence());
    Some(Language { code: language.code(), name: language.eng_name(), confidence })
}

//! The language of a document: by its own word, or by its words.

use whatlang::{Lang, detect};

/// Detection looks no further.
const LOOKED_AT: usize = 4096;
const TAG_BYTES_MAX: usize = 35;

/// A BCP 47 tag, such as `en` or `pt-BR`; `None` if it cannot be told.
pub(super) fn of(declared: Option<&str>, text: &str) -> Option<String> {
    declared.and_then(tag).or_else(|| detected(text))
}

fn tag(declared: &str) -> Option<String> {
    let declared = declared.trim().replace('_', "-");
    let parts_fit = declared.split('-').all(|part| (1..=8).contains(&part.len()));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let starts = declared.split('-').next().is_some_and(|first| (2..=3).contains(&first.len()));
    (declared.len() <= TAG_BYTES_MAX && parts_fit && starts && declared.bytes().all(allowed)).then_some(declared)
}

fn detected(text: &str) -> Option<String> {
    let found = detect(&text[..text.floor_char_boundary(LOOKED_AT)]).filter(whatlang::Info::is_reliable)?;
    Some(short(found.lang()).to_owned())
}

/// The code of two letters where there is one, as BCP 47 wants it.
fn short(lang: Lang) -> &'static str {
    #[rustfmt::skip]
    const SHORT: &[(&str, &str)] = &[
        ("epo", "eo"), ("eng", "en"), ("rus", "ru"), ("cmn", "zh"), ("spa", "es"), ("por", "pt"), ("ita", "it"),
        ("ben", "bn"), ("fra", "fr"), ("deu", "de"), ("ukr", "uk"), ("kat", "ka"), ("ara", "ar"), ("hin", "hi"),
        ("jpn", "ja"), ("heb", "he"), ("yid", "yi"), ("pol", "pl"), ("amh", "am"), ("jav", "jv"), ("kor", "ko"),
        ("nob", "nb"), ("dan", "da"), ("swe", "sv"), ("fin", "fi"), ("tur", "tr"), ("nld", "nl"), ("hun", "hu"),
        ("ces", "cs"), ("ell", "el"), ("bul", "bg"), ("bel", "be"), ("mar", "mr"), ("kan", "kn"), ("ron", "ro"),
        ("slv", "sl"), ("hrv", "hr"), ("srp", "sr"), ("mkd", "mk"), ("lit", "lt"), ("lav", "lv"), ("est", "et"),
        ("tam", "ta"), ("vie", "vi"), ("urd", "ur"), ("tha", "th"), ("guj", "gu"), ("uzb", "uz"), ("pan", "pa"),
        ("aze", "az"), ("ind", "id"), ("tel", "te"), ("pes", "fa"), ("mal", "ml"), ("ori", "or"), ("mya", "my"),
        ("nep", "ne"), ("sin", "si"), ("khm", "km"), ("tuk", "tk"), ("aka", "ak"), ("zul", "zu"), ("sna", "sn"),
        ("afr", "af"), ("lat", "la"), ("slk", "sk"), ("cat", "ca"), ("tgl", "tl"), ("hye", "hy"), ("cym", "cy"),
    ];
    let code = lang.code();
    SHORT.iter().find(|(long, _)| *long == code).map_or(code, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_language_or_shows_it() {
        assert_eq!(of(Some("pt_BR"), "").as_deref(), Some("pt-BR"));
        assert_eq!(of(Some("<script>"), "x"), None);
        let german = "Der schnelle braune Fuchs springt über den faulen Hund, und niemand weiß, warum er das tut.";
        assert_eq!(of(None, german).as_deref(), Some("de"));
        assert_eq!(of(Some(""), german).as_deref(), Some("de"));
        assert_eq!(of(None, "xq zt"), None);
    }

    #[test]
    fn every_language_that_is_detected_has_its_tag() {
        for lang in Lang::all() {
            assert_eq!(short(*lang).len(), 2, "{}", lang.code());
        }
    }
}

//! The credentials of a request, as its headers carry them.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use aipaygen_events::api_key::ApiKey;

use super::session;

/// What a request shows of its caller.
pub(super) enum Credentials {
    /// Nothing at all.
    None,
    /// Something that cannot be a key of ours: known without a look-up.
    Malformed,
    /// The text of a key.
    Key(ApiKey),
    /// The token of a wallet's session.
    Session(String),
}

impl Credentials {
    /// Reads `Authorization: Bearer …` and `X-API-Key`. Two that differ are none.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let bearer = headers.get_all(header::AUTHORIZATION).map(bearer_token);
        let named = headers.get_all("x-api-key").map(text);
        let mut shown = bearer.chain(named);
        let Some(first) = shown.next() else { return Self::None };
        if shown.any(|other| other != first) {
            return Self::Malformed;
        }
        match first.map(|text| (text, ApiKey::parse(text))) {
            Some((_, Ok(key))) => Self::Key(key),
            Some((text, Err(_))) if text.starts_with(session::PREFIX) => Self::Session(text.to_owned()),
            Some((_, Err(_))) | None => Self::Malformed,
        }
    }
}

fn bearer_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = text(value)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use actix_web::http::header::HeaderName;
    use aipaygen_events::api_key::ENTROPY_LEN;
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> ApiKey {
        ApiKey::from_entropy(&[seed; ENTROPY_LEN])
    }

    fn read(fields: &[(&'static str, &str)]) -> Credentials {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Credentials::read(&headers)
    }

    #[test]
    fn either_header_carries_the_key() {
        let text = key(1).expose().to_owned();
        for fields in [
            vec![("authorization", format!("Bearer {text}"))],
            vec![("authorization", format!("bearer  {text}"))],
            vec![("x-api-key", text.clone())],
            vec![("x-api-key", text.clone()), ("authorization", format!("Bearer {text}"))],
        ] {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert!(matches!(read(&fields), Credentials::Key(read) if read.id() == key(1).id()));
        }
    }

    #[test]
    fn something_else_is_malformed_and_nothing_is_nothing() {
        assert!(matches!(read(&[]), Credentials::None));
        let (one, other) = (key(1), key(2));
        let two = [("x-api-key", one.expose()), ("x-api-key", other.expose())];
        assert!(matches!(read(&two), Credentials::Malformed));
        for value in ["", "Bearer", "Bearer ", "Basic dTpw", one.expose()] {
            assert!(matches!(read(&[("authorization", value)]), Credentials::Malformed), "{value}");
        }
        assert!(matches!(read(&[("x-api-key", "")]), Credentials::Malformed));
    }

    proptest! {
        /// Bytes that are no key are never read as one, and never panic.
        #[test]
        fn noise_is_no_key(value in proptest::collection::vec(any::<u8>(), 0..128), bearer: bool) {
            let value = if bearer { [b"Bearer ".as_slice(), &value].concat() } else { value };
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value);
            prop_assert!(matches!(Credentials::read(&headers), Credentials::Malformed));
        }
    }
}

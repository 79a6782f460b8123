//! What is sealed reaches one process, for one request, in time, and nobody else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aipaygen_events::Timestamp;
use proptest::prelude::*;

use crate::{Credential, Hidden, OpenError, Opener, Place, PublicKey, Sealed, Secret, Target};

const SECRET: &str = "xylophone-canary-secret";

fn credential() -> Secret {
    Secret::Credential(Credential {
        origin: "https://api.example.com".to_owned(),
        place: Place::Header("x-api-key".to_owned()),
        value: Hidden::new(SECRET),
    })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

#[test]
fn the_process_that_it_is_for_opens_it_in_time() {
    let opener = Opener::generate();
    let sealed = opener.public_key().seal(credential(), "req_1", at(10));
    assert_eq!(opener.open(&sealed, "req_1", at(9)), Ok(credential()));
    assert_eq!(opener.open(&sealed, "req_1", at(10)), Err(OpenError::Expired));
    assert_eq!(opener.open(&sealed, "req_2", at(9)), Err(OpenError::NotForUs));
    assert_eq!(Opener::generate().open(&sealed, "req_1", at(9)), Err(OpenError::NotForUs));
}

#[test]
fn a_key_and_what_is_sealed_travel_as_json() {
    let opener = Opener::generate();
    let key: PublicKey = serde_json::from_str(&serde_json::to_string(opener.public_key()).unwrap()).unwrap();
    let target =
        Secret::Target(Target { url: Hidden::new("https://x.example"), secrets: vec![Hidden::new("whsec_")] });
    let text = serde_json::to_string(&key.seal(target.clone(), "msg_1", at(1))).unwrap();
    let sealed: Sealed = serde_json::from_str(&text).unwrap();
    assert_eq!(opener.open(&sealed, "msg_1", at(0)), Ok(target));
}

#[test]
fn nothing_shows_the_secret() {
    let opener = Opener::generate();
    let sealed = opener.public_key().seal(credential(), "req_1", at(1));
    for shown in [format!("{sealed:?}"), serde_json::to_string(&sealed).unwrap(), format!("{:?}", credential())] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn a_key_that_nothing_can_be_sealed_to_is_refused() {
    for text in ["\"\"", "\"AAAA\"", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", "7"] {
        assert!(serde_json::from_str::<PublicKey>(text).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_byte_that_is_changed_on_the_way_is_noticed(at_byte in any::<prop::sample::Index>(), flip in 1_u8..64) {
        let opener = Opener::generate();
        let sealed = opener.public_key().seal(credential(), "req_1", at(1));
        let mut json = serde_json::to_value(&sealed).unwrap();
        for part in ["key", "text"] {
            let mut text = json[part].as_str().unwrap().as_bytes().to_vec();
            let place = at_byte.index(text.len());
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let old = alphabet.iter().position(|letter| *letter == text[place]).unwrap();
            text[place] = alphabet[(old + usize::from(flip)) % 64];
            let before = std::mem::replace(&mut json[part], String::from_utf8(text).unwrap().into());
            let changed: Sealed = serde_json::from_value(json.clone()).unwrap();
            prop_assert_eq!(opener.open(&changed, "req_1", at(0)), Err(OpenError::NotForUs));
            json[part] = before;
        }
    }
}

//! Whatever a header is filled with, it stays that header.

use proptest::prelude::*;

use super::*;

proptest! {
    /// async-nats panics at a header that would break its line, and takes apart what it reads by lines.
    #[test]
    fn any_header_survives_the_wire(name in ".*", value in ".*", deadline_ms in any::<u64>()) {
        let mut headers = Headers::default();
        headers.set(format!("x{name}"), value);
        let map = request_headers(&headers, Duration::from_millis(deadline_ms), true);
        let lines = map.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        for (name, value) in lines {
            let name: &str = name.as_ref();
            prop_assert!(name.chars().all(|c| c.is_ascii_graphic() && c != ':'));
            prop_assert!(!value.as_str().contains(['\r', '\n', '\0']));
            prop_assert_eq!(value.as_str().trim(), value.as_str());
        }
        prop_assert_eq!(decode(&map), headers);
    }

    #[test]
    fn the_size_is_that_of_the_lines(name in "[a-z]{1,9}", value in "[a-z]{0,9}", payload in "[a-z]{0,9}") {
        let mut map = HeaderMap::new();
        prop_assert_eq!(bytes(&map, &Bytes::from(payload.clone())), payload.len());
        map.insert(name.as_str(), value.as_str());
        let wire = format!("NATS/1.0\r\n{name}: {value}\r\n\r\n{payload}");
        prop_assert_eq!(bytes(&map, &Bytes::from(payload)), wire.len());
    }

    #[test]
    fn credit_is_read_as_it_was_given(parts in any::<usize>()) {
        let steering_of = |payload: Bytes| {
            let length = payload.len();
            let subject = "inbox.w1".into();
            steering(&async_nats::Message {
                subject, reply: None, payload, headers: None, status: None, description: None, length,
            })
        };
        prop_assert_eq!(steering_of(steering_payload(&Steering::Credit(parts))), Some(Steering::Credit(parts)));
        prop_assert_eq!(steering_of(steering_payload(&Steering::Cancel)), Some(Steering::Cancel));
        prop_assert_eq!(steering_of(Bytes::from_static(b"unheard of")), None);
    }
}

//! The hash chain: each event carries a hash over the one before it and all of itself.
//!
//! SHA-256 over, in this order: the hash of the event before (32 zero bytes before the first); the position, 8
//! bytes; stream, version (8 bytes), kind, schema (4 bytes), id (16 bytes) and time in microseconds (8 bytes), each
//! led by its length in 4 bytes; the data to the end. Integers are big-endian, signed ones in two's complement.

use sha2::{Digest, Sha256};

use crate::Recorded;

/// The link that follows `previous` and stands for `event`; the event's own `hash` is not looked at.
#[must_use]
pub fn link(previous: &[u8; 32], event: &Recorded) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(event.position.to_be_bytes());
    for field in [
        event.stream.as_str().as_bytes(),
        &event.version.to_be_bytes(),
        event.kind.as_bytes(),
        &event.schema.to_be_bytes(),
        event.id.uuid().as_bytes(),
        &event.at.micros().to_be_bytes(),
    ] {
        let length = u32::try_from(field.len()).expect("names are at most a few hundred bytes");
        hasher.update(length.to_be_bytes());
        hasher.update(field);
    }
    hasher.update(&event.data);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use aipaygen_events::{EventId, StreamId, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn event() -> Recorded {
        Recorded {
            position: 7,
            stream: StreamId::from_stored("account-0a".to_owned()),
            version: 3,
            kind: "request.charged".to_owned(),
            schema: 1,
            data: br#"{"amount":20000}"#.to_vec(),
            id: EventId::from_uuid(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)),
            at: Timestamp::from_micros(1_800_000_000_000_001),
            hash: [0; 32],
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Computed by Python's `hashlib` from the description above.
    #[test]
    fn the_known_answer() {
        let hash = link(&[0x11; 32], &event());
        assert_eq!(hex(&hash), "8be4844ed774729b3f6a19741c2c4b43fa96ffab471bff6d9ea781e7f2735a0c");
    }

    #[test]
    fn every_field_is_bound() {
        let base = link(&[0; 32], &event());
        let changes: [fn(&mut Recorded); 8] = [
            |e| e.position += 1,
            |e| e.stream = StreamId::from_stored("account-0b".to_owned()),
            |e| e.version += 1,
            |e| e.kind = "request.refunded".to_owned(),
            |e| e.schema = 2,
            |e| e.data[0] = b'[',
            |e| e.id = EventId::named("another"),
            |e| e.at = Timestamp::from_micros(0),
        ];
        for change in changes {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(link(&[0; 32], &changed), base, "{changed:?}");
        }
        assert_ne!(link(&[1; 32], &event()), base);
    }

    #[test]
    fn a_byte_cannot_move_from_one_field_to_the_next() {
        let (mut one, mut other) = (event(), event());
        one.kind = "ab".to_owned();
        one.stream = StreamId::from_stored("c".to_owned());
        other.kind = "b".to_owned();
        other.stream = StreamId::from_stored("ca".to_owned());
        assert_ne!(link(&[0; 32], &one), link(&[0; 32], &other));
    }
}

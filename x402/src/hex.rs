//! Hex as buyers write it: either case, with `0x` or without. What it means is bytes.

use alloy_primitives::hex;

/// Exactly this many bytes.
pub(crate) fn fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// However many bytes there are.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter_and_length_does() {
        for text in ["0xAb", "ab", "AB", "0xab", "0Xab"] {
            assert_eq!(fixed::<1>(text), Some([0xab]), "{text}");
        }
        for text in ["", "0x", "0x0xab", "a", "abc", "abcd", "0xg0", " ab", "ab ", "é"] {
            assert_eq!(fixed::<1>(text), None, "{text}");
        }
    }
}

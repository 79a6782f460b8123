//! Whether a server is new enough. An older one ignores settings that it does not know, without a word.

use crate::BusError;

const REQUIRED: &str = "2.12";
const REQUIRED_NUMBERS: (u64, u64) = (2, 12);

/// Refuses a server that is older than what is asked of it.
pub(super) fn check(found: &str) -> Result<(), BusError> {
    match numbers(found) {
        Some(numbers) if numbers >= REQUIRED_NUMBERS => Ok(()),
        Some(_) | None => Err(BusError::ServerTooOld { found: found.to_owned(), required: REQUIRED }),
    }
}

/// Major and minor number of `2.12.0`, `v2.12` or `2.12.0-RC.1`.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        for new in ["2.12.0", "2.12.0-RC.1", "v2.15.1", "2.100.0", "3.0.0"] {
            assert!(check(new).is_ok(), "{new}");
        }
        for old in ["2.9.10", "2.11.99", "1.13.0", "", "latest"] {
            assert!(matches!(check(old), Err(BusError::ServerTooOld { found, .. }) if found == old), "{old}");
        }
    }
}

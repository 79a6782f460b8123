//! Money as an integer: millionths of a US dollar, checked arithmetic only, no floats anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// An amount of money in micro-dollars (1 USD = 1,000,000), from 0 to [`MicroUsd::MAX`].
///
/// In JSON an integer. The bound is the largest integer that RFC 8785 canonical JSON carries exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MicroUsd(u64);

/// Why an amount cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Above [`MicroUsd::MAX`].
    #[error("an amount of money is at most 9007199254740991 micro-dollars")]
    TooLarge,
    /// Text that is not a decimal number of dollars with at most six decimals.
    #[error("an amount of money is written as dollars with at most six decimals, such as 0.02")]
    Malformed,
}

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// 2^53 − 1 micro-dollars, about nine billion dollars.
    pub const MAX: Self = Self((1 << 53) - 1);
    const PER_DOLLAR: u64 = 1_000_000;

    /// An amount of this many micro-dollars.
    pub const fn new(micro_usd: u64) -> Result<Self, MoneyError> {
        if micro_usd > Self::MAX.0 { Err(MoneyError::TooLarge) } else { Ok(Self(micro_usd)) }
    }

    /// A whole number of dollars known to be small.
    #[must_use]
    pub const fn dollars(dollars: u32) -> Self {
        Self(dollars as u64 * Self::PER_DOLLAR)
    }

    /// The integer inside, for a database column or a header.
    #[must_use]
    pub const fn micro_usd(self) -> u64 {
        self.0
    }

    /// The integer inside, as databases count.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        // MAX is 2^53 − 1, so the sign bit is never reached.
        self.0.cast_signed()
    }

    /// The sum, unless it passes the bound.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) if sum <= Self::MAX.0 => Some(Self(sum)),
            Some(_) | None => None,
        }
    }

    /// The difference, unless it falls below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<u64> for MicroUsd {
    type Error = MoneyError;

    fn try_from(micro_usd: u64) -> Result<Self, MoneyError> {
        Self::new(micro_usd)
    }
}

impl TryFrom<i64> for MicroUsd {
    type Error = MoneyError;

    fn try_from(micro_usd: i64) -> Result<Self, MoneyError> {
        u64::try_from(micro_usd).map_err(|_| MoneyError::Malformed).and_then(Self::new)
    }
}

impl<'de> Deserialize<'de> for MicroUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let micro_usd = u64::deserialize(deserializer)?;
        Self::new(micro_usd).map_err(serde::de::Error::custom)
    }
}

/// Dollars as people and headers write them: at least two decimals, at most six, exact.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, micros) = (self.0 / Self::PER_DOLLAR, self.0 % Self::PER_DOLLAR);
        let decimals = format!("{micros:06}");
        let significant = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{dollars}.{}", &decimals[..significant])
    }
}

/// Reads what [`fmt::Display`] writes, and whole dollars: `5`, `0.02`, `12.345678`.
impl FromStr for MicroUsd {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (dollars, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(dollars) || !all_digits(decimals) || decimals.len() > 6 {
            return Err(MoneyError::Malformed);
        }
        let dollars: u64 = dollars.parse().map_err(|_| MoneyError::TooLarge)?;
        let micros: u64 = format!("{decimals:0<6}").parse().map_err(|_| MoneyError::Malformed)?;
        dollars
            .checked_mul(Self::PER_DOLLAR)
            .and_then(|whole| whole.checked_add(micros))
            .ok_or(MoneyError::TooLarge)
            .and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn dollars_are_written_with_two_to_six_decimals() {
        for (micro, text) in [(20_000, "0.02"), (5_000_000, "5.00"), (1, "0.000001"), (1_234_500, "1.2345")] {
            assert_eq!(MicroUsd::new(micro).unwrap().to_string(), text);
            assert_eq!(text.parse::<MicroUsd>().unwrap().micro_usd(), micro);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.0000001", "1,5", "1 ", "١"] {
            assert_eq!(text.parse::<MicroUsd>(), Err(MoneyError::Malformed), "{text}");
        }
        assert_eq!("9007199254.740992".parse::<MicroUsd>(), Err(MoneyError::TooLarge));
        assert_eq!("99999999999999999999".parse::<MicroUsd>(), Err(MoneyError::TooLarge));
    }

    #[test]
    fn arithmetic_stops_at_its_bounds() {
        assert_eq!(MicroUsd::MAX.checked_add(MicroUsd(1)), None);
        assert_eq!(MicroUsd::ZERO.checked_sub(MicroUsd(1)), None);
        assert!(serde_json::from_str::<MicroUsd>("9007199254740992").is_err());
        assert!(serde_json::from_str::<MicroUsd>("-1").is_err());
        assert!(serde_json::from_str::<MicroUsd>("1.5").is_err());
    }
}

//! A moment as an integer, so that it is hashed, stored and compared exactly.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z. The shell reads the clock; this crate never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment this many milliseconds later; the far end of time stops it.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        // A saturating cast by hand: u64 milliseconds can pass i64 microseconds.
        let micros = ms.saturating_mul(1_000);
        if micros > i64::MAX as u64 { Self(i64::MAX) } else { Self(self.0.saturating_add(micros.cast_signed())) }
    }

    /// The moment this many milliseconds earlier; the near end of time stops it.
    #[must_use]
    pub const fn minus_ms(self, ms: u64) -> Self {
        let micros = ms.saturating_mul(1_000);
        if micros > i64::MAX as u64 { Self(i64::MIN) } else { Self(self.0.saturating_sub(micros.cast_signed())) }
    }

    /// Milliseconds from `earlier` to this moment, zero if it is not later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> u64 {
        let micros = self.0.saturating_sub(earlier.0);
        if micros <= 0 { 0 } else { (micros / 1_000).cast_unsigned() }
    }
}

//! How often one address and one key may ask. Kept in memory, under hashes whose salt dies with the process; of
//! bounded size, and forgotten when it no longer matters.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aipaygen_events::KeyId;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::problem::{Kind, Problem};
use crate::settings::Settings;

/// Whom a limit counts when it can tell no more of them apart.
const THE_CROWD: u64 = 0;
/// Every limit is one of requests a minute.
const WINDOW_S: u64 = 60;

/// Every limit of this process.
pub(crate) struct Limits {
    salt: RandomState,
    per_address: Limit,
    per_key: Limit,
    failed_logins: Limit,
}

struct Limit {
    name: &'static str,
    per_minute: NonZeroU32,
    limiter: RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>,
    entries_max: usize,
    crowded: AtomicBool,
}

/// How a caller stands with a limit after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    per_minute: NonZeroU32,
    left: u32,
    /// When there is room again, if there is none.
    refused_for: Option<Duration>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let limit = |name, per_minute| Limit::new(name, per_minute, settings.rate_entries_max);
        Self {
            salt: RandomState::new(),
            per_address: limit("address", settings.requests_per_minute_per_address),
            per_key: limit("key", settings.requests_per_minute_per_key),
            failed_logins: limit("failed-logins", settings.failed_logins_per_minute_per_address),
        }
    }

    /// Counts a request of this address.
    pub(crate) fn address(&self, address: IpAddr) -> Standing {
        self.per_address.count(self.bucket(address))
    }

    /// Counts a request with this key.
    pub(crate) fn key(&self, key: KeyId) -> Standing {
        self.per_key.count(self.salt.hash_one(key))
    }

    /// Counts a failed authentication of this address.
    pub(crate) fn failed_login(&self, address: IpAddr) -> Standing {
        self.failed_logins.count(self.bucket(address))
    }

    /// Forgets those who have been quiet; to be called every now and then.
    pub(crate) fn forget_the_quiet(&self) {
        for limit in [&self.per_address, &self.per_key, &self.failed_logins] {
            limit.forget_the_quiet();
        }
    }

    /// One household has 2^64 addresses of IPv6, and counts once.
    fn bucket(&self, address: IpAddr) -> u64 {
        match address.to_canonical() {
            IpAddr::V4(address) => self.salt.hash_one(address.octets()),
            IpAddr::V6(address) => self.salt.hash_one(&address.octets()[..8]),
        }
    }
}

impl Limit {
    fn new(name: &'static str, per_minute: NonZeroU32, entries_max: usize) -> Self {
        let quota = Quota::per_minute(per_minute);
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        Self { name, per_minute, limiter, entries_max, crowded: AtomicBool::new(false) }
    }

    fn count(&self, who: u64) -> Standing {
        let who = if self.crowded.load(Ordering::Relaxed) { THE_CROWD } else { who };
        let standing =
            |left, refused_for| Standing { name: self.name, per_minute: self.per_minute, left, refused_for };
        match self.limiter.check_key(&who) {
            Ok(state) => standing(state.remaining_burst_capacity(), None),
            Err(refused) => standing(0, Some(refused.wait_time_from(self.limiter.clock().now()))),
        }
    }

    fn forget_the_quiet(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.crowded.store(self.limiter.len() >= self.entries_max, Ordering::Relaxed);
    }
}

impl Standing {
    /// Refuses who has asked too often.
    pub(crate) fn admitted(self) -> Result<(), Problem> {
        match self.refused_for {
            None => Ok(()),
            Some(wait) => Err(Kind::RateLimited { retry_after_s: wait.as_secs() + 1 }.into()),
        }
    }

    /// An item of `RateLimit-Policy`.
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={WINDOW_S}", self.name, self.per_minute)
    }

    /// An item of `RateLimit`: what is left, and in how many seconds all of it is there again.
    pub(crate) fn remaining(&self) -> String {
        format!("\"{}\";r={};t={}", self.name, self.left, self.whole_again_s())
    }

    fn whole_again_s(&self) -> u64 {
        let used = u64::from(self.per_minute.get().saturating_sub(self.left));
        (used * WINDOW_S).div_ceil(u64::from(self.per_minute.get()))
    }
}

#[cfg(test)]
mod tests;

//! Verifies API keys. What the read models say of a key is known for less than a second; what is known to be
//! revoked stays so, even if the read models are behind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aipaygen_events::api_key::{ApiKey, KeyHash, Pepper};
use aipaygen_events::{AccountId, KeyId, Timestamp};
use aipaygen_projections::KeyRow;
use moka::future::Cache;

use super::Caller;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::store::Store;

/// How long the read models may be behind without a revoked key coming back to life here.
const TOMBSTONE_LIFE: Duration = Duration::from_secs(3_600);

/// The keys that are known for the moment.
pub(crate) struct Keys {
    pepper: Pepper,
    known: Cache<KeyId, Known>,
    tombstones: Cache<KeyId, ()>,
}

#[derive(Clone, Copy)]
struct Known {
    account: AccountId,
    hash: KeyHash,
    revoked: bool,
    expires_at: Option<Timestamp>,
}

impl Keys {
    pub(crate) fn new(pepper: Pepper, settings: &Settings) -> Self {
        let cache = || Cache::builder().max_capacity(settings.key_cache_entries_max);
        Self {
            pepper,
            known: cache().time_to_live(Duration::from_millis(settings.key_cache_ms)).build(),
            tombstones: Cache::builder()
                .max_capacity(settings.key_cache_entries_max)
                .time_to_live(TOMBSTONE_LIFE)
                .build(),
        }
    }

    /// Whose key this is, if it works. A key that is unknown costs the same comparison as one that is known.
    pub(crate) async fn verify(&self, store: &Store, key: &ApiKey) -> Result<Option<Caller>, Problem> {
        let known = self.look_up(store, key.id()).await?;
        let hash = known.map_or(KeyHash::NONE, |known| known.hash);
        let same = key.hash(&self.pepper) == hash;
        let works = known.filter(|known| same && known.works(now()));
        // Asked last, so that a revocation which came while the read models were asked still counts.
        let stopped = self.tombstones.contains_key(&key.id());
        Ok(works.filter(|_| !stopped).map(|known| Caller { key: key.id(), account: known.account }))
    }

    /// This key works no more, whatever the read models say for a while.
    pub(crate) async fn revoke(&self, key: KeyId) {
        self.tombstones.insert(key, ()).await;
        self.known.invalidate(&key).await;
    }

    /// Something may have been missed: all keys are asked for anew.
    pub(super) fn forget(&self) {
        self.known.invalidate_all();
    }

    /// Only what exists is kept: a key may be shown for the first time before the read models know it.
    async fn look_up(&self, store: &Store, key: KeyId) -> Result<Option<Known>, Problem> {
        if let Some(known) = self.known.get(&key).await {
            return Ok(Some(known));
        }
        let Some(row) = store.key(key).await? else { return Ok(None) };
        let known = Known::from(row);
        self.known.insert(key, known).await;
        Ok(Some(known))
    }
}

impl Known {
    fn works(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|end| now < end)
    }
}

impl From<KeyRow> for Known {
    fn from(row: KeyRow) -> Self {
        let KeyRow { key: _, account, hash, label: _, expires_at, revoked, issued_at: _ } = row;
        Self { account, hash, revoked, expires_at }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

//! The catalogue of third parties' APIs as this process knows it: what comes with the program, and what the keeper of
//! the vault said last.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::vault::{ListApis, StoredApis};
use aipaygen_catalog::{ApiEntry, Apis, Auth};
use tokio::sync::Mutex;

use crate::ingress::Ingress;
use crate::observe;
use crate::problem::Problem;
use crate::settings::Settings;

/// What can be called, and with what we are known there.
pub(crate) struct Known {
    pub(crate) apis: Apis,
    with_credential: BTreeSet<String>,
}

impl Known {
    /// Whether there is a credential for an API.
    pub(crate) fn has_credential(&self, api: &ApiEntry) -> bool {
        api.auth != Auth::None && self.with_credential.contains(&api.id)
    }

    /// Whether an API can be called as things are.
    pub(crate) fn is_callable(&self, api: &ApiEntry) -> bool {
        api.auth == Auth::None || api.auth_optional || self.has_credential(api)
    }
}

/// The catalogue that was heard last. However many ask, one of them asks the keeper.
pub(crate) struct ApiCache {
    built_in: Apis,
    fresh_for: Duration,
    heard: Mutex<Option<(Instant, Arc<Known>)>>,
}

impl ApiCache {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            built_in: Apis::built_in().expect("the files that come with the program are tested"),
            fresh_for: Duration::from_millis(settings.apis_cache_ms),
            heard: Mutex::new(None),
        }
    }

    /// The catalogue; an old one rather than none.
    pub(crate) async fn known(&self, ingress: &Ingress) -> Result<Arc<Known>, Problem> {
        let mut heard = self.heard.lock().await;
        if let Some((_, known)) = heard.as_ref().filter(|(at, _)| at.elapsed() < self.fresh_for) {
            return Ok(known.clone());
        }
        match ingress.payments(&ListApis {}).await {
            Ok(Some(stored)) => {
                let known = Arc::new(self.with(stored));
                *heard = Some((Instant::now(), known.clone()));
                Ok(known)
            }
            Ok(None) | Err(_) => heard.as_ref().map(|(_, known)| known.clone()).ok_or_else(|| ingress.unavailable()),
        }
    }

    /// What the keeper has stored was judged when it was added: here it only has to be read.
    fn with(&self, stored: StoredApis) -> Known {
        let mut apis = self.built_in.clone();
        for entry in &stored.entries {
            match ApiEntry::stored(entry) {
                Ok(entry) => apis.put(entry),
                Err(_) => observe::unreadable_api(),
            }
        }
        Known { apis, with_credential: stored.with_credential.into_iter().collect() }
    }
}

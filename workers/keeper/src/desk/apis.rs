//! The catalogue's additions and the credentials of its APIs.

use aipaygen_bus::vault::{
    Changed, DeleteCredential, LendCredential, Lent, ListApis, PutApi, RemoveApi, SetCredential, StoredApis,
};
use aipaygen_catalog::{ApiEntry, ApiError, Apis, Auth};
use aipaygen_sealed::{Credential, Hidden, Place, Secret};
use aipaygen_vault::VaultError;
use async_trait::async_trait;

use super::{Answer, Desk, failed};
use crate::lend::lend;

/// Longest text of an API's file, and longest credential.
const ENTRY_BYTES_MAX: usize = 65_536;
const CREDENTIAL_BYTES_MAX: usize = 8_192;

#[async_trait]
impl Answer<ListApis> for Desk {
    async fn answer(&self, _: ListApis) -> Option<StoredApis> {
        let vault = &self.deps.vault;
        let stored = async {
            let entries = vault.apis().await?.into_iter().map(|stored| stored.entry).collect();
            Ok::<_, VaultError>(StoredApis { entries, with_credential: vault.apis_with_credential().await? })
        };
        stored.await.inspect_err(|error| failed("listing APIs", error)).ok()
    }
}

#[async_trait]
impl Answer<PutApi> for Desk {
    async fn answer(&self, command: PutApi) -> Changed {
        let entry = if command.entry.len() > ENTRY_BYTES_MAX {
            Err(ApiError::Field { field: "entry", rule: "at most 65536 bytes" })
        } else {
            ApiEntry::parse(&command.entry, &self.deps.apis.plain_hosts)
        };
        match entry {
            Ok(entry) => {
                let put = self.deps.vault.add_api(&entry, &command.entry, self.now()).await;
                changed("adding an API", put.map(|()| true))
            }
            Err(ApiError::Field { field, rule }) => invalid(field, rule),
            // What the parser says quotes what it has read.
            Err(ApiError::Malformed(_)) => invalid("entry", "TOML of the shape that docs/CATALOG.md describes"),
        }
    }
}

#[async_trait]
impl Answer<RemoveApi> for Desk {
    async fn answer(&self, command: RemoveApi) -> Changed {
        let removed = self.deps.vault.remove_api(&command.api).await;
        changed("removing an API", removed)
    }
}

#[async_trait]
impl Answer<SetCredential> for Desk {
    async fn answer(&self, command: SetCredential) -> Changed {
        let value = Hidden::new(command.value);
        let printable = value.expose().bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !printable || !(1..=CREDENTIAL_BYTES_MAX).contains(&value.expose().len()) {
            return invalid("value", "1 to 8192 printable ASCII characters");
        }
        match self.api(&command.api).await {
            Ok(Some(entry)) if entry.auth == Auth::None => invalid("api", "an API that asks for a credential"),
            Ok(Some(entry)) if entry.auth == Auth::Basic && !value.expose().contains(':') => {
                invalid("value", "user and password with a colon between")
            }
            Ok(Some(entry)) => {
                let set = self.deps.vault.set_credential(&entry.id, &value, self.now()).await;
                changed("setting a credential", set.map(|()| true))
            }
            Ok(None) => Changed::Unknown,
            Err(error) => changed("setting a credential", Err(error)),
        }
    }
}

#[async_trait]
impl Answer<DeleteCredential> for Desk {
    async fn answer(&self, command: DeleteCredential) -> Changed {
        let deleted = self.deps.vault.delete_credential(&command.api).await;
        changed("deleting a credential", deleted)
    }
}

#[async_trait]
impl Answer<LendCredential> for Desk {
    async fn answer(&self, command: LendCredential) -> Lent {
        let found = async {
            let Some(entry) = self.api(&command.api).await? else { return Ok(None) };
            Ok(self.deps.vault.credential(&entry.id).await?.and_then(|value| credential(&entry, value)))
        };
        match found.await {
            Ok(Some(credential)) => {
                let (secret, sealed_ms) = (Secret::Credential(credential), self.deps.apis.sealed_ms);
                lend(&self.deps, secret, &command.request.to_string(), sealed_ms).await
            }
            Ok(None) => Lent::Nothing,
            Err(error) => {
                failed("lending a credential", &error);
                Lent::Unavailable
            }
        }
    }
}

impl Desk {
    /// The API of this id as it stands: an addition stands in the place of what comes with the program.
    async fn api(&self, id: &str) -> Result<Option<ApiEntry>, VaultError> {
        let stored = self.deps.vault.apis().await?.into_iter().find(|stored| stored.api == id);
        Ok(match stored {
            Some(stored) => ApiEntry::parse(&stored.entry, &self.deps.apis.plain_hosts).ok(),
            None => Apis::built_in().ok().and_then(|apis| apis.get(id).cloned()),
        })
    }
}

fn changed(what: &'static str, result: Result<bool, VaultError>) -> Changed {
    match result {
        Ok(true) => Changed::Done,
        Ok(false) => Changed::Unknown,
        Err(error) => {
            failed(what, &error);
            Changed::Unavailable
        }
    }
}

fn invalid(field: &str, rule: &str) -> Changed {
    Changed::Invalid { field: field.to_owned(), rule: rule.to_owned() }
}

/// The credential with the only place that it may be sent to.
fn credential(entry: &ApiEntry, value: Hidden) -> Option<Credential> {
    let place = match &entry.auth {
        Auth::None => return None,
        Auth::Header { name } => Place::Header(name.clone()),
        Auth::Query { name } => Place::Query(name.clone()),
        Auth::Bearer => Place::Bearer,
        Auth::Basic => Place::Basic,
    };
    Some(Credential { origin: entry.origin(), place, value })
}

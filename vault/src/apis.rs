//! The APIs that an operator has added, and the credentials of any API.

use aipaygen_catalog::ApiEntry;
use aipaygen_events::Timestamp;
use aipaygen_journal::db::{Row, Tx, Value};
use aipaygen_sealed::Hidden;

use crate::envelope::Place;
use crate::{Owner, Vault, VaultError};

const ALL: &str = "SELECT api, entry FROM apis ORDER BY api";
const WITH_CREDENTIAL: &str = "SELECT api FROM api_credentials ORDER BY api";
const ADD: &str = "INSERT INTO apis (api, entry, added_at) VALUES ($1, $2, $3)
    ON CONFLICT (api) DO UPDATE SET entry = excluded.entry, added_at = excluded.added_at";
const REMOVE: &str = "DELETE FROM apis WHERE api = $1";
const CREDENTIAL: &str = "SELECT value FROM api_credentials WHERE api = $1";
const SET_CREDENTIAL: &str = "INSERT INTO api_credentials (api, value, set_at) VALUES ($1, $2, $3)
    ON CONFLICT (api) DO UPDATE SET value = excluded.value, set_at = excluded.set_at";
const DELETE_CREDENTIAL: &str = "DELETE FROM api_credentials WHERE api = $1";

/// An API as an operator has added it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApi {
    /// Its id.
    pub api: String,
    /// The text of its file.
    pub entry: String,
}

impl Vault {
    /// The APIs that operators have added.
    pub async fn apis(&self) -> Result<Vec<StoredApi>, VaultError> {
        let rows = self.db.fetch_all(ALL, &[]).await?;
        let stored = |row: &Row| Ok(StoredApi { api: row.text("api")?, entry: row.text("entry")? });
        rows.iter().map(stored).collect()
    }

    /// The ids of the APIs that have a credential.
    pub async fn apis_with_credential(&self) -> Result<Vec<String>, VaultError> {
        let rows = self.db.fetch_all(WITH_CREDENTIAL, &[]).await?;
        rows.iter().map(|row| Ok(row.text("api")?)).collect()
    }

    /// Adds an API, or puts it in the place of one with its id. A credential that was meant for another origin is
    /// not kept for this one.
    pub async fn add_api(&self, entry: &ApiEntry, text: &str, now: Timestamp) -> Result<(), VaultError> {
        let mut tx = self.db.begin().await?;
        self.drop_credential(&mut tx, &entry.id).await?;
        tx.execute(ADD, &[entry.id.as_str().into(), text.into(), now.micros().into()]).await?;
        Ok(tx.commit().await?)
    }

    /// Removes an API that an operator has added, and its credential; whether there was one.
    pub async fn remove_api(&self, api: &str) -> Result<bool, VaultError> {
        let mut tx = self.db.begin().await?;
        let removed = tx.execute(REMOVE, &[api.into()]).await?;
        if removed > 0 {
            self.drop_credential(&mut tx, api).await?;
        }
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// Keeps what authenticates us to an API, in the place of what was kept before.
    pub async fn set_credential(&self, api: &str, value: &Hidden, now: Timestamp) -> Result<(), VaultError> {
        let owner = Owner::Api(api.to_owned());
        let mut tx = self.db.begin().await?;
        // A new data key each time: what the old one has encrypted opens no more, wherever it was copied to.
        self.drop_credential(&mut tx, api).await?;
        let key = self.data_key(&mut tx, &owner, now).await?;
        let kept = key.seal(place(api), value.expose().as_bytes())?;
        tx.execute(SET_CREDENTIAL, &[api.into(), kept.into(), now.micros().into()]).await?;
        Ok(tx.commit().await?)
    }

    /// What authenticates us to an API, if anything is kept.
    pub async fn credential(&self, api: &str) -> Result<Option<Hidden>, VaultError> {
        let Some(row) = self.db.fetch_optional(CREDENTIAL, &[api.into()]).await? else { return Ok(None) };
        let Some(key) = self.find_data_key(&Owner::Api(api.to_owned())).await? else { return Ok(None) };
        let plain = key.open(place(api), &row.bytes("value")?)?;
        let text = str::from_utf8(&plain).map_err(|_| VaultError::Tampered { table: TABLE })?;
        Ok(Some(Hidden::new(text)))
    }

    /// Destroys what authenticates us to an API; whether there was anything.
    pub async fn delete_credential(&self, api: &str) -> Result<bool, VaultError> {
        let mut tx = self.db.begin().await?;
        let was_there = self.drop_credential(&mut tx, api).await?;
        tx.commit().await?;
        Ok(was_there)
    }

    async fn drop_credential(&self, tx: &mut Tx, api: &str) -> Result<bool, VaultError> {
        let deleted = tx.execute(DELETE_CREDENTIAL, &[Value::text(api)]).await?;
        self.forget(tx, &Owner::Api(api.to_owned())).await?;
        Ok(deleted > 0)
    }
}

const TABLE: &str = "api_credentials";

const fn place(api: &str) -> Place<'_> {
    Place { table: TABLE, column: "value", row: api }
}

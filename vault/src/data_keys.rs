//! The data keys: one an owner, wrapped, made when it is first needed, and destroyed with its owner.

use std::sync::Arc;

use aipaygen_events::Timestamp;
use aipaygen_journal::db::{Db, Row, Tx, Value};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::envelope::{Key, Place};
use crate::keyring::{KeyEncryptionKey, Keyring};
use crate::owner::Owner;
use crate::settings::{Settings, SettingsError};

const TABLE: &str = "data_keys";
const MAKE: &str =
    "INSERT INTO data_keys (owner, wrapped_by, wrapped, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const READ: &str = "SELECT owner, wrapped_by, wrapped FROM data_keys WHERE owner = $1";
const FORGET: &str = "DELETE FROM data_keys WHERE owner = $1";
const OLD: &str =
    "SELECT owner, wrapped_by, wrapped FROM data_keys WHERE wrapped_by <> $1 AND owner > $2 ORDER BY owner LIMIT $3";
const REWRAP: &str = "UPDATE data_keys SET wrapped_by = $3, wrapped = $4 WHERE owner = $1 AND wrapped_by = $2";
const COUNT: &str = "SELECT wrapped_by, count(*) AS keys FROM data_keys GROUP BY wrapped_by ORDER BY wrapped_by";

/// How many data keys are wrapped anew in one transaction.
const BATCH: i64 = 100;

/// The vault: its database and the keys that open it. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    pub(crate) db: Db,
    keyring: Arc<Keyring>,
}

/// The key of one owner, in memory while it is needed.
pub struct DataKey {
    owner: String,
    key: Key,
}

/// What a rotation has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// How many data keys were wrapped anew.
    pub rewrapped: u64,
    /// The id of the key that wraps.
    pub current: String,
    /// How many data keys each key wraps now; anything but the current one means that its key is still needed.
    pub wrapped_by: Vec<(String, u64)>,
}

impl Vault {
    /// The vault in this database, which is opened by these keys.
    pub fn try_new(db: Db, settings: &Settings) -> Result<Self, SettingsError> {
        Ok(Self { db, keyring: Arc::new(Keyring::parse(&settings.keys)?) })
    }

    /// The data key of an owner, made if there is none.
    pub async fn data_key(&self, tx: &mut Tx, owner: &Owner, now: Timestamp) -> Result<DataKey, VaultError> {
        let name = owner.to_string();
        if let Some(found) = self.find_in(tx, &name).await? {
            return Ok(found);
        }
        let (key, current) = (Key::generate()?, self.keyring.current());
        let wrapped = wrap(current, &name, &key)?;
        let values = [name.as_str().into(), current.id.as_str().into(), wrapped.into(), now.micros().into()];
        tx.execute(MAKE, &values).await?;
        // Another process may have made it in the same moment.
        self.find_in(tx, &name).await?.ok_or(VaultError::Tampered { table: TABLE })
    }

    /// The data key of an owner; `None` if there is none, or none any more.
    pub async fn find_data_key(&self, owner: &Owner) -> Result<Option<DataKey>, VaultError> {
        let name = owner.to_string();
        let row = self.db.fetch_optional(READ, &[name.as_str().into()]).await?;
        row.map(|row| self.unwrap(&row)).transpose()
    }

    /// Destroys the data key of an owner, and with it whatever it has encrypted.
    pub async fn forget(&self, tx: &mut Tx, owner: &Owner) -> Result<(), VaultError> {
        tx.execute(FORGET, &[Value::text(owner)]).await?;
        Ok(())
    }

    /// Wraps every data key by the current key. What is read and written meanwhile is not disturbed.
    pub async fn rotate(&self) -> Result<Rotation, VaultError> {
        let mut rotation = Rotation { current: self.keyring.current().id.clone(), ..Rotation::default() };
        let mut after = String::new();
        while let Some(last) = self.rotate_some(&mut rotation, &after).await? {
            after = last;
        }
        let counted = self.db.fetch_all(COUNT, &[]).await?;
        let of_row = |row: &Row| Ok((row.text("wrapped_by")?, row.u64("keys")?));
        rotation.wrapped_by = counted.iter().map(of_row).collect::<Result<_, VaultError>>()?;
        Ok(rotation)
    }

    async fn rotate_some(&self, rotation: &mut Rotation, after: &str) -> Result<Option<String>, VaultError> {
        let current = self.keyring.current();
        let mut tx = self.db.begin().await?;
        let old = tx.fetch_all(OLD, &[current.id.as_str().into(), after.into(), BATCH.into()]).await?;
        for row in &old {
            let (data_key, wrapped_by) = (self.unwrap(row)?, row.text("wrapped_by")?);
            let wrapped = wrap(current, &data_key.owner, &data_key.key)?;
            let owner = data_key.owner.as_str();
            let values = [owner.into(), wrapped_by.into(), current.id.as_str().into(), wrapped.into()];
            rotation.rewrapped += tx.execute(REWRAP, &values).await?;
        }
        tx.commit().await?;
        Ok(old.last().map(|row| row.text("owner")).transpose()?)
    }

    async fn find_in(&self, tx: &mut Tx, owner: &str) -> Result<Option<DataKey>, VaultError> {
        let row = tx.fetch_optional(READ, &[owner.into()]).await?;
        row.map(|row| self.unwrap(&row)).transpose()
    }

    fn unwrap(&self, row: &Row) -> Result<DataKey, VaultError> {
        let (owner, wrapped_by) = (row.text("owner")?, row.text("wrapped_by")?);
        let Some(wrapping) = self.keyring.get(&wrapped_by) else {
            return Err(VaultError::UnknownKey { wrapped_by });
        };
        let bytes = wrapping.key.decrypt(place(&wrapping.id), &owner, &row.bytes("wrapped")?)?;
        let key = Key::read(&bytes).ok_or(VaultError::Tampered { table: TABLE })?;
        Ok(DataKey { owner, key })
    }
}

impl DataKey {
    /// Encrypts something for its place.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.key.encrypt(place, &self.owner, plain)
    }

    /// Decrypts what was encrypted for this place.
    pub fn open(&self, place: Place<'_>, kept: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.key.decrypt(place, &self.owner, kept)
    }
}

fn wrap(by: &KeyEncryptionKey, owner: &str, key: &Key) -> Result<Vec<u8>, VaultError> {
    by.key.encrypt(place(&by.id), owner, key.bytes())
}

/// A wrapped key is bound to the key that wraps it, too.
const fn place(wrapped_by: &str) -> Place<'_> {
    Place { table: TABLE, column: "wrapped", row: wrapped_by }
}

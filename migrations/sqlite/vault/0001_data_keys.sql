-- A key for each owner of something secret, wrapped by the key-encryption key that `wrapped_by` names. Deleting the
-- row destroys what it has encrypted, wherever that was copied to.
CREATE TABLE data_keys (
    owner TEXT PRIMARY KEY CHECK (length(owner) BETWEEN 1 AND 200),
    wrapped_by TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

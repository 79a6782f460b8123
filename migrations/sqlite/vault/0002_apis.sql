-- The APIs that an operator has added to the catalogue, each as its file says; nothing of it is secret.
CREATE TABLE apis (
    api TEXT PRIMARY KEY,
    entry TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What authenticates us to an API, encrypted.
CREATE TABLE api_credentials (
    api TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

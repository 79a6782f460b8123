-- API keys: a keyed hash each, never a key. All moments are microseconds since 1970 in UTC.
CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    hash TEXT NOT NULL,
    label TEXT NOT NULL,
    expires_at INTEGER,
    issued_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_of_account ON keys (account, issued_at);

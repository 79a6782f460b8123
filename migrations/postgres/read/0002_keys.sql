-- API keys: a keyed hash each, never a key. All moments are microseconds since 1970 in UTC.
CREATE TABLE keys (
    key text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    hash text NOT NULL,
    label text NOT NULL,
    expires_at bigint,
    issued_at bigint NOT NULL,
    revoked_at bigint
);
CREATE INDEX keys_of_account ON keys (account, issued_at);

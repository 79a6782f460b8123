-- Where callers want to be told of what happens to their money. URL and secrets are encrypted.
CREATE TABLE webhooks (
    webhook TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    events TEXT NOT NULL,
    low_balance INTEGER CHECK (low_balance >= 0),
    url BLOB NOT NULL,
    secret BLOB NOT NULL,
    previous_secret BLOB,
    previous_until INTEGER,
    after_position INTEGER NOT NULL,
    is_low INTEGER NOT NULL CHECK (is_low IN (0, 1)),
    made_at INTEGER NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_of_account ON webhooks (account, webhook);

-- What is on its way: the place of the event in the log, and no content. A delivery that has arrived is deleted.
CREATE TABLE deliveries (
    delivery TEXT PRIMARY KEY,
    webhook TEXT NOT NULL,
    account TEXT NOT NULL,
    event TEXT NOT NULL,
    position INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    due_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    dead INTEGER NOT NULL CHECK (dead IN (0, 1)),
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE NOT dead;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook);

-- How far the dispatcher has come in the log, who it is, and until when nobody else is.
CREATE TABLE dispatcher (
    one INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    position INTEGER NOT NULL CHECK (position >= 0),
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL
) STRICT;
INSERT INTO dispatcher (position, holder, held_until) VALUES (0, '', 0);

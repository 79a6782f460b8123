-- What was given back for requests that failed: one credit a request, issued, then applied to the balance.
CREATE TABLE refund_credits (
    credit TEXT PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    http_status INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    tender TEXT NOT NULL,
    reason TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    issued_position INTEGER NOT NULL,
    applied_at INTEGER,
    applied_position INTEGER,
    CHECK ((applied_at IS NULL) = (applied_position IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_credits_by_position ON refund_credits (issued_position);
CREATE INDEX refund_credits_of_account ON refund_credits (account, issued_position);

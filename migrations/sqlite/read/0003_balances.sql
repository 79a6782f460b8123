-- What each account can spend, and what is held for requests without an end. All amounts are micro-USD.
CREATE TABLE balances (
    account TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    held INTEGER NOT NULL CHECK (held >= 0),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an account has used of an endpoint on a day, counted in whole days since 1970 in UTC.
CREATE TABLE usage (
    account TEXT NOT NULL,
    day INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    calls INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (account, day, endpoint)
) STRICT, WITHOUT ROWID;

-- What each account can spend, and what is held for requests without an end. All amounts are micro-USD.
CREATE TABLE balances (
    account text COLLATE "C" PRIMARY KEY,
    label text NOT NULL,
    balance bigint NOT NULL CHECK (balance >= 0),
    held bigint NOT NULL CHECK (held >= 0),
    position bigint NOT NULL
);

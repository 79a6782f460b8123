-- The double-entry ledger. A line debits or credits one account of the chart; `owner` names the customer in
-- the sub-ledger of customer_balances and is empty elsewhere. The lines of one position balance.
CREATE TABLE postings (
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    owner TEXT NOT NULL,
    debit INTEGER NOT NULL CHECK (debit >= 0),
    credit INTEGER NOT NULL CHECK (credit >= 0),
    PRIMARY KEY (position, line),
    CHECK ((debit = 0) <> (credit = 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX postings_of_customer ON postings (owner, position) WHERE owner <> '';

-- The turnover of each account up to the checkpoint: the sums of its postings.
CREATE TABLE ledger_accounts (
    account TEXT NOT NULL,
    owner TEXT NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    PRIMARY KEY (account, owner)
) STRICT, WITHOUT ROWID;

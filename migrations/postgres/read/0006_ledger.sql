-- The double-entry ledger. A line debits or credits one account of the chart; `owner` names the customer in
-- the sub-ledger of customer_balances and is empty elsewhere. The lines of one position balance.
CREATE TABLE postings (
    position bigint NOT NULL,
    line bigint NOT NULL,
    at bigint NOT NULL,
    account text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    debit bigint NOT NULL CHECK (debit >= 0),
    credit bigint NOT NULL CHECK (credit >= 0),
    PRIMARY KEY (position, line),
    CHECK ((debit = 0) <> (credit = 0))
);
CREATE INDEX postings_of_customer ON postings (owner, position) WHERE owner <> '';

-- The turnover of each account up to the checkpoint: the sums of its postings.
CREATE TABLE ledger_accounts (
    account text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    PRIMARY KEY (account, owner)
);

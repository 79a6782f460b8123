-- x402: who pays without a key, each payment, and vouchers. All amounts are micro-USD. A column of SQLite does not
-- change: its table is made anew.
CREATE TABLE requests_new (
    request TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    key TEXT,
    endpoint TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'completed', 'refunded')),
    http_status INTEGER,
    charged INTEGER NOT NULL CHECK (charged >= 0),
    price INTEGER CHECK (price BETWEEN 0 AND charged),
    released INTEGER NOT NULL CHECK (released BETWEEN 0 AND charged),
    tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL,
    pricing TEXT NOT NULL,
    tender TEXT NOT NULL,
    reason TEXT,
    credit TEXT,
    charged_at INTEGER NOT NULL,
    charged_position INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    ended_at INTEGER,
    ended_position INTEGER,
    duration_ms INTEGER,
    payment TEXT,
    voucher TEXT,
    CHECK ((status = 'open') = (ended_at IS NULL)),
    CHECK ((status = 'completed') = (price IS NOT NULL)),
    CHECK ((status = 'refunded') = (credit IS NOT NULL)),
    CHECK ((tender = 'prepaid') = (key IS NOT NULL)),
    CHECK ((tender = 'x402') = (payment IS NOT NULL)),
    CHECK ((tender = 'voucher') = (voucher IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO requests_new (request, account, key, endpoint, status, http_status, charged, price, released, tokens_input,
        tokens_output, pricing, tender, reason, credit, charged_at, charged_position, deadline, ended_at,
        ended_position, duration_ms)
    SELECT request, account, key, endpoint, status, http_status, charged, price, released, tokens_input,
        tokens_output, pricing, tender, reason, credit, charged_at, charged_position, deadline, ended_at,
        ended_position, duration_ms
    FROM requests;
DROP TABLE requests;
ALTER TABLE requests_new RENAME TO requests;
CREATE INDEX requests_of_account ON requests (account, request);
CREATE INDEX requests_open ON requests (deadline) WHERE status = 'open';

CREATE TABLE refund_credits_new (
    credit TEXT PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    key TEXT,
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
INSERT INTO refund_credits_new SELECT * FROM refund_credits;
DROP TABLE refund_credits;
ALTER TABLE refund_credits_new RENAME TO refund_credits;
CREATE INDEX refund_credits_by_position ON refund_credits (issued_position);
CREATE INDEX refund_credits_of_account ON refund_credits (account, issued_position);

-- A refund credit that is nobody's balance: whoever shows its code spends it. `coded_at` is when a code was shown
-- last; `expired` is what was left when its time was over.
CREATE TABLE vouchers (
    credit TEXT PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    remainder INTEGER NOT NULL CHECK (remainder BETWEEN 0 AND amount),
    expired INTEGER NOT NULL CHECK (expired BETWEEN 0 AND amount),
    coded_at INTEGER,
    issued_at INTEGER NOT NULL,
    issued_position INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX vouchers_by_expiry ON vouchers (expires_at) WHERE remainder > 0;

-- Each x402 payment that was ever claimed.
CREATE TABLE payments (
    payment TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    request TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    topup TEXT,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    pay_to TEXT NOT NULL,
    valid_before INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('claimed', 'unknown', 'failed', 'settled')),
    evidence TEXT CHECK (evidence IN ('told', 'chain')),
    reason TEXT,
    transaction_hash TEXT,
    block INTEGER,
    claimed_at INTEGER NOT NULL,
    claimed_position INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_position INTEGER NOT NULL,
    CHECK ((status = 'failed') = (evidence IS NOT NULL)),
    CHECK (status <> 'settled' OR transaction_hash IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_position ON payments (claimed_position);
CREATE INDEX payments_of_account ON payments (account, claimed_position);
CREATE INDEX payments_of_request ON payments (request);
CREATE INDEX payments_of_transaction ON payments (transaction_hash) WHERE transaction_hash IS NOT NULL;
CREATE INDEX payments_undecided ON payments (claimed_at) WHERE status IN ('claimed', 'unknown');
CREATE INDEX payments_told ON payments (valid_before) WHERE status = 'failed' AND evidence = 'told';

-- x402: who pays without a key, each payment, and vouchers. All amounts are micro-USD.
ALTER TABLE requests ALTER COLUMN key DROP NOT NULL;
ALTER TABLE requests ADD COLUMN payment text COLLATE "C";
ALTER TABLE requests ADD COLUMN voucher text COLLATE "C";
ALTER TABLE requests ADD CHECK ((tender = 'prepaid') = (key IS NOT NULL));
ALTER TABLE requests ADD CHECK ((tender = 'x402') = (payment IS NOT NULL));
ALTER TABLE requests ADD CHECK ((tender = 'voucher') = (voucher IS NOT NULL));
ALTER TABLE refund_credits ALTER COLUMN key DROP NOT NULL;

-- A refund credit that is nobody's balance: whoever shows its code spends it. `coded_at` is when a code was shown
-- last; `expired` is what was left when its time was over.
CREATE TABLE vouchers (
    credit text COLLATE "C" PRIMARY KEY,
    request text COLLATE "C" NOT NULL UNIQUE,
    account text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    remainder bigint NOT NULL CHECK (remainder BETWEEN 0 AND amount),
    expired bigint NOT NULL CHECK (expired BETWEEN 0 AND amount),
    coded_at bigint,
    issued_at bigint NOT NULL,
    issued_position bigint NOT NULL,
    expires_at bigint NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX vouchers_by_expiry ON vouchers (expires_at) WHERE remainder > 0;

-- Each x402 payment that was ever claimed.
CREATE TABLE payments (
    payment text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    request text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    topup text COLLATE "C",
    amount bigint NOT NULL CHECK (amount >= 0),
    pay_to text COLLATE "C" NOT NULL,
    valid_before bigint NOT NULL,
    deadline bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('claimed', 'unknown', 'failed', 'settled')),
    evidence text CHECK (evidence IN ('told', 'chain')),
    reason text,
    transaction_hash text COLLATE "C",
    block bigint,
    claimed_at bigint NOT NULL,
    claimed_position bigint NOT NULL,
    changed_at bigint NOT NULL,
    changed_position bigint NOT NULL,
    CHECK ((status = 'failed') = (evidence IS NOT NULL)),
    CHECK (status <> 'settled' OR transaction_hash IS NOT NULL)
);
CREATE INDEX payments_by_position ON payments (claimed_position);
CREATE INDEX payments_of_account ON payments (account, claimed_position);
CREATE INDEX payments_of_request ON payments (request);
CREATE INDEX payments_of_transaction ON payments (transaction_hash) WHERE transaction_hash IS NOT NULL;
CREATE INDEX payments_undecided ON payments (claimed_at) WHERE status IN ('claimed', 'unknown');
CREATE INDEX payments_told ON payments (valid_before) WHERE status = 'failed' AND evidence = 'told';

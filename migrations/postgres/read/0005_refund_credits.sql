-- What was given back for requests that failed: one credit a request, issued, then applied to the balance.
CREATE TABLE refund_credits (
    credit text COLLATE "C" PRIMARY KEY,
    request text COLLATE "C" NOT NULL UNIQUE,
    account text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    http_status bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    tender text NOT NULL,
    reason text NOT NULL,
    issued_at bigint NOT NULL,
    issued_position bigint NOT NULL,
    applied_at bigint,
    applied_position bigint,
    CHECK ((applied_at IS NULL) = (applied_position IS NULL))
);
CREATE INDEX refund_credits_by_position ON refund_credits (issued_position);
CREATE INDEX refund_credits_of_account ON refund_credits (account, issued_position);

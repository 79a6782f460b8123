-- Where callers want to be told of what happens to their money. URL and secrets are encrypted.
CREATE TABLE webhooks (
    webhook text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    events text NOT NULL,
    low_balance bigint CHECK (low_balance >= 0),
    url bytea NOT NULL,
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_until bigint,
    after_position bigint NOT NULL,
    is_low boolean NOT NULL,
    made_at bigint NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
);
CREATE INDEX webhooks_of_account ON webhooks (account, webhook);

-- What is on its way: the place of the event in the log, and no content. A delivery that has arrived is deleted.
CREATE TABLE deliveries (
    delivery text COLLATE "C" PRIMARY KEY,
    webhook text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    event text NOT NULL,
    position bigint NOT NULL,
    attempts bigint NOT NULL CHECK (attempts >= 0),
    due_at bigint NOT NULL,
    outcome text NOT NULL,
    dead boolean NOT NULL,
    made_at bigint NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE NOT dead;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook);

-- How far the dispatcher has come in the log, who it is, and until when nobody else is.
CREATE TABLE dispatcher (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL CHECK (position >= 0),
    holder text NOT NULL,
    held_until bigint NOT NULL
);
INSERT INTO dispatcher (position, holder, held_until) VALUES (0, '', 0);

-- Every charged request: billing metadata, no content.
CREATE TABLE requests (
    request text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'completed', 'refunded')),
    http_status bigint,
    charged bigint NOT NULL CHECK (charged >= 0),
    price bigint CHECK (price BETWEEN 0 AND charged),
    released bigint NOT NULL CHECK (released BETWEEN 0 AND charged),
    tokens_input bigint NOT NULL,
    tokens_output bigint NOT NULL,
    pricing text NOT NULL,
    tender text NOT NULL,
    reason text,
    credit text COLLATE "C",
    charged_at bigint NOT NULL,
    charged_position bigint NOT NULL,
    deadline bigint NOT NULL,
    ended_at bigint,
    ended_position bigint,
    duration_ms bigint,
    CHECK ((status = 'open') = (ended_at IS NULL)),
    CHECK ((status = 'completed') = (price IS NOT NULL)),
    CHECK ((status = 'refunded') = (credit IS NOT NULL))
);
CREATE INDEX requests_of_account ON requests (account, request);
CREATE INDEX requests_open ON requests (deadline) WHERE status = 'open';

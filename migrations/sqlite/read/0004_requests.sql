-- Every charged request: billing metadata, no content.
CREATE TABLE requests (
    request TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
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
    CHECK ((status = 'open') = (ended_at IS NULL)),
    CHECK ((status = 'completed') = (price IS NOT NULL)),
    CHECK ((status = 'refunded') = (credit IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_of_account ON requests (account, request);
CREATE INDEX requests_open ON requests (deadline) WHERE status = 'open';

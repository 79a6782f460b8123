-- The APIs that an operator has added to the catalogue, each as its file says; nothing of it is secret.
CREATE TABLE apis (
    api text COLLATE "C" PRIMARY KEY,
    entry text NOT NULL,
    added_at bigint NOT NULL
);

-- What authenticates us to an API, encrypted.
CREATE TABLE api_credentials (
    api text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL,
    set_at bigint NOT NULL
);

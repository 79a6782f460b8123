-- What an account has used of an endpoint on a day, counted in whole days since 1970 in UTC.
CREATE TABLE usage (
    account text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    completed bigint NOT NULL,
    refunded bigint NOT NULL,
    tokens_input bigint NOT NULL,
    tokens_output bigint NOT NULL,
    spent bigint NOT NULL,
    PRIMARY KEY (account, day, endpoint)
);

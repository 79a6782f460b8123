-- The event log. Positions are gapless: the writer that holds the one row of `log_head` gives them out, and
-- commits them before the next writer can.
CREATE TABLE log_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL CHECK (position >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO log_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- `data` holds the exact bytes that are hashed, `hash` the link of the chain.
CREATE TABLE events (
    position bigint PRIMARY KEY CHECK (position > 0),
    stream text NOT NULL CHECK (length(stream) BETWEEN 1 AND 200),
    version bigint NOT NULL CHECK (version > 0),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    schema integer NOT NULL CHECK (schema > 0),
    data bytea NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    at_us bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    UNIQUE (stream, version)
);

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION refuse_the_way_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position <= OLD.position THEN
        RAISE EXCEPTION 'the log is append-only: its head only moves on'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER events_are_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER the_head_stays BEFORE DELETE OR TRUNCATE ON log_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER the_head_moves_on BEFORE UPDATE ON log_head
    FOR EACH ROW EXECUTE FUNCTION refuse_the_way_back();

-- A session that poses as a replica skips ordinary triggers; these it does not.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_for_ever;
ALTER TABLE log_head ENABLE ALWAYS TRIGGER the_head_stays;
ALTER TABLE log_head ENABLE ALWAYS TRIGGER the_head_moves_on;

-- The event log. Positions are gapless: the writer that holds the file's one write lock gives them out, and
-- commits them before the next writer can.
CREATE TABLE log_head (
    one INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    position INTEGER NOT NULL CHECK (position >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO log_head (position, hash) VALUES (0, zeroblob(32));

-- `data` holds the exact bytes that are hashed, `hash` the link of the chain.
CREATE TABLE events (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    stream TEXT NOT NULL CHECK (length(stream) BETWEEN 1 AND 200),
    version INTEGER NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    schema INTEGER NOT NULL CHECK (schema > 0),
    data BLOB NOT NULL,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    at_us INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: an update of events is refused');
END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a delete of events is refused');
END;
-- `INSERT OR REPLACE` deletes what it meets, and no trigger for deletes sees that.
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
    OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version)
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a replacement of events is refused');
END;

CREATE TRIGGER the_head_stays BEFORE DELETE ON log_head
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a delete of log_head is refused');
END;
CREATE TRIGGER the_head_is_not_replaced BEFORE INSERT ON log_head
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: there is one head');
END;
CREATE TRIGGER the_head_moves_on BEFORE UPDATE ON log_head WHEN NEW.position <= OLD.position
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: its head only moves on');
END;

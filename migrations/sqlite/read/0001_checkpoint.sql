-- How far these tables have come in the log. The rows of an event and this position commit together.
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    position INTEGER NOT NULL CHECK (position >= 0)
) STRICT;
INSERT INTO checkpoint (position) VALUES (0);

-- How far these tables have come in the log. The rows of an event and this position commit together.
CREATE TABLE checkpoint (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL CHECK (position >= 0)
);
INSERT INTO checkpoint (position) VALUES (0);

-- Who may do what with the log: the writer appends and moves the head, everyone else reads. Nobody changes or
-- removes an event, its owner included.
REVOKE UPDATE, DELETE, TRUNCATE ON events FROM PUBLIC, CURRENT_USER;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_writer') THEN
        GRANT USAGE ON SCHEMA log TO aipaygen_writer;
        GRANT SELECT ON ALL TABLES IN SCHEMA log TO aipaygen_writer;
        GRANT INSERT ON events TO aipaygen_writer;
        GRANT UPDATE (position, hash) ON log_head TO aipaygen_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_projector') THEN
        GRANT USAGE ON SCHEMA log TO aipaygen_projector;
        GRANT SELECT ON ALL TABLES IN SCHEMA log TO aipaygen_projector;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_reader') THEN
        GRANT USAGE ON SCHEMA log TO aipaygen_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA log TO aipaygen_reader;
    END IF;
END $$;

-- Who may do what with the read models: the projector writes, the reader reads. The schema is the current one,
-- so that a rebuild's is granted before it takes the place of the old.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_projector') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO aipaygen_projector', current_schema());
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO aipaygen_projector',
            current_schema());
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_reader') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO aipaygen_reader', current_schema());
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO aipaygen_reader', current_schema());
    END IF;
END $$;

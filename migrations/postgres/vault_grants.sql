-- Who may do what with the vault: its keeper alone, everything with rows and nothing with tables.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aipaygen_keeper') THEN
        GRANT USAGE ON SCHEMA vault TO aipaygen_keeper;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO aipaygen_keeper;
    END IF;
END $$;
REVOKE ALL ON SCHEMA vault FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM PUBLIC;

-- Group roles: a deployment's logins become members of the ones they need, and each session takes one. Whoever
-- may not make roles goes on without them: the triggers stand either way. Two databases of one server may do
-- this at the same moment.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['aipaygen_writer', 'aipaygen_projector', 'aipaygen_reader', 'aipaygen_keeper'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE LOG 'role % is not made: the login may not make roles', name;
        END;
        BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) AND NOT pg_has_role(name::name, 'MEMBER') THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', name);
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE LOG 'role % is not taken: the login is no member of it', name;
            -- Another session granted it at the same moment.
            WHEN internal_error THEN
                NULL;
        END;
    END LOOP;
END $$;

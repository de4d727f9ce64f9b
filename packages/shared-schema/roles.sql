-- The two tenants of the database: role auth_service owns schema auth, role chat_api owns schema chat.
--
-- Run it as the owner of the database: a superuser, or a role with CREATEROLE (as on Neon). It may be run again at
-- any time, then it sets the passwords anew, and by several at once. It is one statement: all of it happens or none.
-- PostgreSQL 15 to 18.
--
-- The passwords come from two settings of the session, so that they stand in no file and in no list of processes:
--
--     SELECT set_config('taskchat.auth_service_password', '…', false),
--            set_config('taskchat.chat_api_password', '…', false);
--
-- Through a pooler in transaction mode, set them and run this file in one transaction.
DO $roles$
DECLARE
  tenant record;
  password text;
  owner_found name;
BEGIN
  -- Another run in this database waits here. A run in another database of the same server can still collide with
  -- this one, since roles are common to all; it then fails without effect and may be repeated.
  PERFORM pg_advisory_xact_lock(hashtextextended('taskchat.roles', 0));
  PERFORM set_config('client_min_messages', 'warning', true);  -- not a word about what is there already

  FOR tenant IN
    SELECT * FROM (VALUES ('auth_service', 'auth'), ('chat_api', 'chat')) AS tenant (role, schema)
  LOOP
    password := current_setting(format('taskchat.%s_password', tenant.role), true);
    IF coalesce(password, '') = '' THEN
      RAISE EXCEPTION 'the setting taskchat.%_password is missing', tenant.role
        USING ERRCODE = 'invalid_parameter_value', HINT = 'See the head of roles.sql.';
    END IF;

    IF to_regrole(tenant.role) IS NULL THEN
      EXECUTE format('CREATE ROLE %I', tenant.role);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', tenant.role, password);

    -- On the role and not in the URL: poolers reject these as parameters of a connection.
    EXECUTE format('ALTER ROLE %I SET search_path = %I', tenant.role, tenant.schema);
    -- What a request may take at most. A migration that needs longer says SET LOCAL statement_timeout itself.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', tenant.role);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', tenant.role);

    -- Who is no superuser makes a schema only for a role that they belong to.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', tenant.role);
    END IF;
    -- Postgres lets everybody call a new function. Here nobody but its owner does, unless a migration says so.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', tenant.role);
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', tenant.schema, tenant.role);
    SELECT pg_get_userbyid(nspowner) INTO owner_found FROM pg_namespace WHERE nspname = tenant.schema;
    IF owner_found <> tenant.role THEN
      RAISE EXCEPTION 'schema % belongs to %, not to %', tenant.schema, owner_found, tenant.role
        USING ERRCODE = 'duplicate_schema', HINT = 'Use a database in which nobody else has that schema.';
    END IF;
  END LOOP;

  -- Lets chat_api name schema auth, and reads nothing. What it may reference there, auth-service grants.
  GRANT USAGE ON SCHEMA auth TO chat_api;

  -- What others may do in this database is left as it is, but for one thing: nobody writes into schema public unasked.
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO auth_service, chat_api', current_database());
  END IF;
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
END
$roles$;

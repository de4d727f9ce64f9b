-- The roles of the database, and the two schemas.
--
--     schema   owner        used by
--     auth     auth_owner   auth_service
--     chat     chat_owner   chat_api
--
-- The owners run the migrations and nothing else. The services connect as the other two, which read and write rows and
-- can create nothing: whatever a role creates, Postgres may run with somebody else's privileges, for example a cast in
-- the foreign-key check on auth."user".
--
-- Run it as the owner of the database: a superuser, or a role with CREATEROLE (as on Neon). Run it again at any time:
-- it sets the passwords, takes back what the roles were granted or have set for themselves, and converts databases in
-- which auth_service and chat_api still own the schemas. Several may run at once. It is a single statement, so it
-- happens completely or not at all. PostgreSQL 15 to 18.
--
-- The passwords come from settings of the session, which keeps them out of files and process lists:
--
--     SELECT set_config('taskchat.auth_service_password', '…', false), set_config('taskchat.auth_owner_password', '…', false),
--            set_config('taskchat.chat_api_password', '…', false), set_config('taskchat.chat_owner_password', '…', false);
--
-- Through a pooler in transaction mode, set them and run this file in one transaction.
DO $roles$
DECLARE
  version constant int := current_setting('server_version_num')::int;
  is_superuser constant boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  ours constant name[] := '{auth_owner,auth_service,chat_owner,chat_api}';
  -- 82 of Postgres' default 100: neither service can take the connections that the other one and the migrations need.
  connections constant int := greatest(10, 85 * (current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true), '0')::int) / 100);
  account record;
  tenant record;
  found record;
  password text;
  owner_found name;
  planted text;
  code text;
  message text;
  detail text;
BEGIN
  PERFORM set_config('client_min_messages', 'warning', true);
  -- Tables change owner once, at the first run in an older database. Give up rather than hold up the services. Also applies to
  -- the advisory lock below: any role can take it, and a stolen one could block this file forever.
  PERFORM set_config('lock_timeout', '10s', true);
  -- Another run in this database waits here. A run in another database of the same server can still collide with this
  -- one, because roles are shared; it then fails without effect and may be repeated.
  PERFORM pg_advisory_xact_lock(hashtextextended('taskchat.roles', 0));

  FOR account IN
    SELECT * FROM (VALUES ('auth_owner', 'auth', -1), ('auth_service', 'auth', connections),
                          ('chat_owner', 'chat', -1), ('chat_api', 'chat', connections))
             AS account (role, schema, connection_limit)
  LOOP
    password := current_setting(format('taskchat.%s_password', account.role), true);
    IF coalesce(password, '') = '' THEN
      RAISE EXCEPTION 'the setting taskchat.%_password is missing', account.role
        USING ERRCODE = 'invalid_parameter_value', HINT = 'See the head of roles.sql.';
    END IF;

    IF to_regrole(account.role) IS NULL THEN
      EXECUTE format('CREATE ROLE %I', account.role);
    END IF;
    BEGIN
      EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L CONNECTION LIMIT %s', account.role, password, account.connection_limit);
    EXCEPTION WHEN OTHERS THEN
      -- The context of the original error quotes the statement, password included: psql prints it and Postgres logs it.
      GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
      RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
    END;
    IF is_superuser THEN
      EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', account.role);
    END IF;

    FOR found IN
      SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(grantor) AS grantor
        FROM pg_auth_members WHERE member = to_regrole(account.role)
    LOOP
      EXECUTE format('REVOKE %I FROM %I%s CASCADE', found.role, account.role,
        CASE WHEN version >= 160000 THEN format(' GRANTED BY %I', found.grantor) END);
    END LOOP;
    IF EXISTS (SELECT FROM pg_auth_members WHERE member = to_regrole(account.role))
      OR EXISTS (SELECT FROM pg_roles WHERE rolname = account.role
                  AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)) THEN
      RAISE EXCEPTION 'the role % has privileges of its own that % cannot take back', account.role, current_user
        USING ERRCODE = 'insufficient_privilege', HINT = 'Run roles.sql as a superuser, or drop that role first.';
    END IF;

    -- A role may change its own settings, for all its later sessions. What it has set ends here.
    FOR found IN
      SELECT datname FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
       WHERE setrole = to_regrole(account.role)
    LOOP
      EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', account.role, found.datname);
    END LOOP;
    EXECUTE format('ALTER ROLE %I RESET ALL', account.role);
    -- On the role rather than in the URL: poolers reject these as parameters of a connection.
    EXECUTE format('ALTER ROLE %I SET search_path = %I', account.role, account.schema);
    -- Migrations that need longer use SET LOCAL statement_timeout.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', account.role);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', account.role);

    -- Without superuser, only a member of a role may create a schema for it or change what it owns.
    IF NOT is_superuser THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', account.role);
    END IF;
  END LOOP;

  FOR tenant IN
    SELECT * FROM (VALUES ('auth', 'auth_owner', 'auth_service'), ('chat', 'chat_owner', 'chat_api'))
             AS tenant (schema, owner, service)
  LOOP
    SELECT pg_get_userbyid(nspowner) INTO owner_found FROM pg_namespace WHERE nspname = tenant.schema;
    IF owner_found IS NULL THEN
      EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', tenant.schema, tenant.owner);
    ELSIF owner_found = tenant.service THEN
      -- Until now the service could create objects, and what it created is about to belong to the owner.
      SELECT string_agg(object, ', ') INTO planted FROM (
        SELECT 'trigger ' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE relnamespace = to_regnamespace(tenant.schema) AND NOT tgisinternal
        UNION ALL SELECT 'rule ' || rulename FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
         WHERE relnamespace = to_regnamespace(tenant.schema) AND rulename <> '_RETURN'
        UNION ALL SELECT 'cast ' || format('(%s AS %s)', castsource::regtype, casttarget::regtype)
          FROM pg_cast JOIN pg_type ON pg_type.oid IN (castsource, casttarget)
         WHERE typnamespace = to_regnamespace(tenant.schema)
        UNION ALL SELECT 'security definer function ' || proname FROM pg_proc
         WHERE pronamespace = to_regnamespace(tenant.schema) AND prosecdef
        UNION ALL SELECT 'foreign key ' || conname FROM pg_constraint
         WHERE connamespace = to_regnamespace(tenant.schema) AND contype = 'f'
           AND confrelid = to_regclass('auth."user"') AND conrelid <> to_regclass('chat.owner')
           AND tenant.schema = 'chat'
        -- Indexes, checks, defaults, policies, operators and domains: their functions run as the table's owner.
        UNION ALL SELECT format('%s, which calls %s', pg_describe_object(classid, objid, objsubid), proname)
          FROM pg_depend JOIN pg_proc ON pg_proc.oid = refobjid
         WHERE refclassid = 'pg_proc'::regclass AND pronamespace = to_regnamespace(tenant.schema)
           AND classid NOT IN ('pg_proc'::regclass, 'pg_trigger'::regclass)) AS unexpected (object);
      IF planted IS NOT NULL THEN
        RAISE EXCEPTION 'schema % holds what no migration has made: %', tenant.schema, planted
          USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Find out who made it: it could run with the privileges of others. Drop it, then run roles.sql again.';
      END IF;
      EXECUTE format('ALTER SCHEMA %I OWNER TO %I', tenant.schema, tenant.owner);
    ELSIF owner_found <> tenant.owner THEN
      RAISE EXCEPTION 'schema % belongs to %, not to %', tenant.schema, owner_found, tenant.owner
        USING ERRCODE = 'duplicate_schema', HINT = 'Use a database in which nobody else has that schema.';
    END IF;
    IF EXISTS (
      SELECT FROM pg_shdepend
       WHERE refclassid = 'pg_authid'::regclass AND refobjid = to_regrole(tenant.service) AND deptype = 'o'
         AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
         AND classid <> 'pg_default_acl'::regclass) THEN
      EXECUTE format('REASSIGN OWNED BY %I TO %I', tenant.service, tenant.owner);
    END IF;

    -- Rows, and nothing else; for what exists and for what later migrations make.
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, auth_service, chat_api', tenant.schema);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC, auth_service, chat_api', tenant.schema);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM PUBLIC, auth_service, chat_api', tenant.schema);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA %I FROM PUBLIC, auth_service, chat_api', tenant.schema);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', tenant.schema, tenant.service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', tenant.schema, tenant.service);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', tenant.schema, tenant.service);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO %I', tenant.schema, tenant.service);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON ROUTINES FROM PUBLIC', tenant.owner);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
                   tenant.owner, tenant.schema, tenant.service);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE ON SEQUENCES TO %I',
                   tenant.owner, tenant.schema, tenant.service);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO %I',
                   tenant.owner, tenant.schema, tenant.service);
    -- A new function of the service's own, in releases before this one.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT EXECUTE ON FUNCTIONS TO PUBLIC', tenant.service);
  END LOOP;

  IF to_regclass('chat.alembic_version') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON chat.alembic_version FROM chat_api;
  END IF;
  -- For the foreign key of chat.owner. The migrations of auth-service grant REFERENCES on the one column.
  GRANT USAGE ON SCHEMA auth TO chat_owner;

  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO auth_owner, auth_service, chat_owner, chat_api', current_database());
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC, auth_service, chat_api', current_database());
  END IF;
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC, auth_service, chat_api;
  END IF;

  -- Where no other application uses this server, PUBLIC is our services: keep them out of the other databases, and from
  -- storing large objects. Elsewhere this would break others; see docs/deploy.md.
  IF is_superuser AND NOT EXISTS (SELECT FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL (ours)) THEN
    FOR found IN
      SELECT DISTINCT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
       WHERE datname <> current_database() AND grantee = 0 AND privilege_type IN ('CONNECT', 'TEMPORARY')
    LOOP
      BEGIN
        EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', found.datname);
      EXCEPTION WHEN invalid_catalog_name OR internal_error THEN
        NULL;  -- dropped, or changed by another run, in this moment
      END;
    END LOOP;
    FOR found IN
      SELECT pg_proc.oid::regprocedure AS name FROM pg_proc
       WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^(lo_.+|loread|lowrite)$'
         AND has_function_privilege('chat_api', oid, 'EXECUTE')
    LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found.name);
    END LOOP;
  END IF;
END
$roles$;

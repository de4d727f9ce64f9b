-- Creates the database's roles and schemas. Run by: python -m taskchat.database.bootstrap
--
--     schema   owner        used by
--     auth     auth_owner   auth_service
--     chat     chat_owner   chat_api
--
-- The owners only run the migrations. The services connect as the other two roles, which read and write rows but create
-- nothing, because Postgres may run what a role creates with somebody else's privileges: for example a cast in the
-- foreign-key check on auth."user".
--
-- - Run as the owner of the database: a superuser, or a role with CREATEROLE, as on Neon.
-- - Safe to run again, and concurrently. Each run sets the passwords, revokes what the roles were granted or set for
--   themselves, and converts databases in which auth_service and chat_api still own the schemas.
-- - A single statement, so it takes effect completely or not at all. PostgreSQL 15 to 18.
-- - The passwords come from session settings (taskchat.auth_service_password and so on), which keeps them out of files
--   and process lists. Through a pooler in transaction mode, set them in the same transaction.
DO $roles$
DECLARE
  version constant int := current_setting('server_version_num')::int;
  is_superuser constant boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  ours constant name[] := '{auth_owner,auth_service,chat_owner,chat_api}';
  -- 82 of Postgres' default 100, so that neither service can exhaust the connections of the other or the migrations.
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
  -- Tables of an older release change owner once. Time out rather than block the services. This also limits waiting for the
  -- advisory lock below: any role can take it, and could block this file forever. A limit set for the session wins.
  IF current_setting('lock_timeout') = '0' THEN
    PERFORM set_config('lock_timeout', '10s', true);
  END IF;
  -- Serializes runs in this database. Runs in other databases of the server can still collide, because they share the
  -- roles; they then fail without effect and can be repeated.
  PERFORM pg_advisory_xact_lock(hashtextextended('taskchat.roles', 0));

  FOR account IN
    SELECT * FROM (VALUES ('auth_owner', 'auth', -1), ('auth_service', 'auth', connections),
                          ('chat_owner', 'chat', -1), ('chat_api', 'chat', connections))
             AS account (role, schema, connection_limit)
  LOOP
    password := current_setting(format('taskchat.%s_password', account.role), true);
    IF coalesce(password, '') = '' THEN
      RAISE EXCEPTION 'the setting taskchat.%_password is missing', account.role
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Set the passwords of all four roles.';
    END IF;

    IF to_regrole(account.role) IS NULL THEN
      EXECUTE format('CREATE ROLE %I', account.role);
    END IF;
    BEGIN
      EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L CONNECTION LIMIT %s', account.role, password, account.connection_limit);
    EXCEPTION WHEN OTHERS THEN
      -- The context of the original error quotes the statement with its password, and Postgres logs it.
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
        USING ERRCODE = 'insufficient_privilege', HINT = 'Run the bootstrap as a superuser, or drop that role first.';
    END IF;

    -- A role may change the defaults of its own sessions. Reset them.
    FOR found IN
      SELECT datname FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
       WHERE setrole = to_regrole(account.role)
    LOOP
      EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', account.role, found.datname);
    END LOOP;
    EXECUTE format('ALTER ROLE %I RESET ALL', account.role);
    -- Poolers reject these as connection parameters, so they are set on the role.
    EXECUTE format('ALTER ROLE %I SET search_path = %I', account.role, account.schema);
    -- Migrations that need longer use SET LOCAL statement_timeout.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', account.role);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', account.role);

    -- Only a superuser or a member of a role may create a schema for it or alter its objects.
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
      -- The service could create objects so far, and they are about to belong to the owner.
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
        -- Functions in indexes, checks, defaults, policies, operators and domains run as the table's owner.
        UNION ALL SELECT format('%s, which calls %s', pg_describe_object(classid, objid, objsubid), proname)
          FROM pg_depend JOIN pg_proc ON pg_proc.oid = refobjid
         WHERE refclassid = 'pg_proc'::regclass AND pronamespace = to_regnamespace(tenant.schema)
           AND classid NOT IN ('pg_proc'::regclass, 'pg_trigger'::regclass)) AS unexpected (object);
      IF planted IS NOT NULL THEN
        RAISE EXCEPTION 'schema % contains objects that no migration created: %', tenant.schema, planted
          USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Find out who created them: they could run with the privileges of others. Drop them, then run the bootstrap again.';
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

    -- Grant rows only, in existing tables and in those of later migrations.
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
    -- Restore the default for functions that a service created in releases before the split of the roles.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT EXECUTE ON FUNCTIONS TO PUBLIC', tenant.service);
  END LOOP;

  IF to_regclass('chat.alembic_version') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON chat.alembic_version FROM chat_api;
  END IF;
  -- For the foreign key of chat.owner. auth-service's migrations grant REFERENCES on that column only.
  GRANT USAGE ON SCHEMA auth TO chat_owner;

  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO auth_owner, auth_service, chat_owner, chat_api', current_database());
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC, auth_service, chat_api', current_database());
  END IF;
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC, auth_service, chat_api;
  END IF;

  -- If no other application uses this server, PUBLIC means our services: keep them out of the other databases and from
  -- storing large objects. Otherwise this could break other applications; see docs/deploy.md.
  IF is_superuser AND NOT EXISTS (SELECT FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL (ours)) THEN
    FOR found IN
      SELECT DISTINCT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
       WHERE datname <> current_database() AND grantee = 0 AND privilege_type IN ('CONNECT', 'TEMPORARY')
    LOOP
      BEGIN
        EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', found.datname);
      EXCEPTION WHEN invalid_catalog_name OR internal_error THEN
        NULL;  -- dropped or changed concurrently
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

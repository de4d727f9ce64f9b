-- roles.sql with the passwords of the environment, in one transaction, so that a pooler in transaction mode may stand before it.
\getenv auth_service_password AUTH_SERVICE_PASSWORD
\getenv auth_owner_password AUTH_OWNER_PASSWORD
\getenv chat_api_password CHAT_API_PASSWORD
\getenv chat_owner_password CHAT_OWNER_PASSWORD
BEGIN;
SELECT set_config('taskchat.auth_service_password', :'auth_service_password', true),
       set_config('taskchat.auth_owner_password', :'auth_owner_password', true),
       set_config('taskchat.chat_api_password', :'chat_api_password', true),
       set_config('taskchat.chat_owner_password', :'chat_owner_password', true) \g /dev/null
\ir roles.sql
COMMIT;

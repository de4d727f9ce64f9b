-- Turns a database into one from before the roles auth_owner and chat_owner, when the services owned their schemas.
begin;
-- No release of that time had an index with a function.
drop index if exists chat.message_by_word;
alter schema auth owner to auth_service;
alter schema chat owner to chat_api;
reassign owned by auth_owner to auth_service;
reassign owned by chat_owner to chat_api;
drop owned by auth_owner, chat_owner;
drop role auth_owner, chat_owner;
grant usage on schema auth to chat_api;
grant references (id) on auth."user" to chat_api;
commit;

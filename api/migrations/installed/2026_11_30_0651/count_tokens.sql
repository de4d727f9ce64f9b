-- Count a model's tokens against today's budgets (UTC): of the user, whose row may be gone, and of the service.
--
-- The service's count is the sum of 16 rows, and a user's tokens always go to the same one. In a single row, all turns
-- would wait for each other's commits. A statement that calls this has locked the user's row first, and locks nothing
-- after this.
--
-- A day that has begun stays: a statement that was sent before midnight may run after one of the next day. Later days
-- are of a clock that was ahead, and would otherwise stay until they come.
create or replace function count_tokens(p_user uuid, p_tokens bigint) returns void language plpgsql as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
begin
  if p_tokens <= 0 then
    return;
  end if;
  update owner
  set tokens_used = p_tokens + case when tokens_used_on between today and today + 1 then tokens_used else 0 end,
      tokens_used_on = case when tokens_used_on = today + 1 then today + 1 else today end
  where user_id = p_user;
  insert into service_tokens as counted (slot, tokens_used_on, tokens_used)
  values (get_byte(uuid_send(p_user), 15) % 16, today, p_tokens)
  on conflict (slot) do update
  set tokens_used = p_tokens
        + case when counted.tokens_used_on between today and today + 1 then counted.tokens_used else 0 end,
      tokens_used_on = case when counted.tokens_used_on = today + 1 then today + 1 else today end;
end $$;

-- As oldest_turn_of_page, with any number of turns.
create or replace function oldest_turn_within(p_conversation uuid, p_turn int, p_bytes bigint) returns int
language sql stable as $$
  select oldest_turn_of_page(p_conversation, p_turn, p_bytes, p_turn)
$$;

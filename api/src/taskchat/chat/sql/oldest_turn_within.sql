-- The oldest turn from which on all that was said and done before p_turn takes no more than p_bytes.
--
-- Goes back turn by turn and stops there, so that it reads no more of a long conversation than fits. p_turn itself
-- does not count, since it is read in any case. Sizes are those of the texts, not of how they are kept: compressed.
create or replace function oldest_turn_within(p_conversation uuid, p_turn int, p_bytes bigint) returns int
language sql stable as $$
  with recursive fitting (turn, room) as (
    select p_turn, p_bytes
    union all
    select f.turn - 1, f.room
      - (select coalesce(sum(octet_length(m.content)), 0) from message m
         where m.conversation_id = p_conversation and m.sequence between f.turn * 2 - 3 and f.turn * 2 - 2)
      - (select coalesce(sum(octet_length(s.output::text)), 0) from step s
         where s.conversation_id = p_conversation and s.turn = f.turn - 1)
      - (select coalesce(sum(octet_length(c.result::text)), 0) from tool_call c
         where c.conversation_id = p_conversation and c.turn = f.turn - 1)
    from fitting f where f.turn > 1 and f.room >= 0
  )
  select min(turn) from fitting where room >= 0
$$;

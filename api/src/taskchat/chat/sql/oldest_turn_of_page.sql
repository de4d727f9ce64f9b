-- The oldest turn from which on all that was said and done before p_turn takes no more than p_bytes, in p_turns turns.
--
-- Goes back by sixteen turns at a time, or a few more, and stops where the room ends, so that of a long conversation it
-- reads little more than fits. Numbers may be missing: their turns were discarded. p_turn itself does not count, since it
-- is read in any case. Sizes are those of the texts, not of how they are kept: compressed.
create or replace function oldest_turn_of_page(p_conversation uuid, p_turn int, p_bytes bigint, p_turns int) returns int
language plpgsql stable as $$
declare
  room bigint := p_bytes;
  turns int := p_turns;
  oldest int := p_turn;
  first int;
  past record;
begin
  loop
    select min(m.turn) into first
    from (
      select turn from message
      where conversation_id = p_conversation and sequence < oldest * 2 - 1
      order by sequence desc
      limit 32
    ) m;
    exit when first is null;
    for past in
      select part.turn, sum(part.bytes) as bytes
      from (
        select (m.sequence + 1) / 2 as turn, octet_length(m.content) as bytes from message m
        where m.conversation_id = p_conversation and m.sequence between first * 2 - 1 and oldest * 2 - 2
        union all
        select s.turn, octet_length(s.output::text) from step s
        where s.conversation_id = p_conversation and s.turn between first and oldest - 1
        union all
        select c.turn, octet_length(c.result::text) from tool_call c
        where c.conversation_id = p_conversation and c.turn between first and oldest - 1
      ) part
      group by part.turn
      order by part.turn desc
    loop
      room := room - past.bytes;
      turns := turns - 1;
      if room < 0 or turns < 0 then
        return oldest;
      end if;
      oldest := past.turn;
    end loop;
  end loop;
  return oldest;
end $$;

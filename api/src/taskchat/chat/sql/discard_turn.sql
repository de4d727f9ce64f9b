-- Discard a turn without an answer, and end the run that is answering it: nothing more of it is written.
--
-- The turn is named by its number in p_conversation, or by p_key: then also if its message has yet to arrive.
--
-- outcome      discarded  now or earlier. run_id is the run that was answering, if any
--              answered   the turn has its answer
--              not_found  the user has no such conversation or turn
--
-- Without tool calls, the message is deleted, and its conversation if that leaves it empty. With tool calls, the turn stays
-- and p_note is its answer, so that people and models see what was done. The key is never accepted again, because a
-- request that was sent before may arrive later.
--
-- Locks: as begin_turn_2.
create or replace function discard_turn(
  p_user uuid, p_key text, p_conversation uuid, p_turn int, p_new_message uuid, p_note text,
  out outcome text, out run_id uuid
) language plpgsql as $$
#variable_conflict use_column
declare
  is_new_owner bool;
  asked message;
  talk conversation;
begin
  insert into owner (user_id) values (p_user) on conflict do nothing;
  is_new_owner := found;
  perform from owner where user_id = p_user for no key update;
  select d.run_id into run_id from discarded_turn d
  where user_id = p_user and (idempotency_key = p_key or conversation_id = p_conversation and turn = p_turn);
  if found then
    outcome := 'discarded';
    return;
  end if;

  select * into asked from message
  where user_id = p_user and (idempotency_key = p_key or conversation_id = p_conversation and sequence = p_turn * 2 - 1);
  if not found and p_key is null then
    if is_new_owner then delete from owner where user_id = p_user; end if;
    outcome := 'not_found';
    return;
  end if;
  select * into talk from conversation where id = asked.conversation_id for update;
  if exists (select from message m where m.conversation_id = talk.id and m.sequence = asked.sequence + 1) then
    outcome := 'answered';
    return;
  end if;

  outcome := 'discarded';
  if talk.running_turn = asked.turn then
    run_id := talk.run_id;
    update conversation set running_turn = null, run_id = null, lease_until = null where id = talk.id;
  end if;
  insert into discarded_turn (user_id, idempotency_key, conversation_id, turn, run_id)
  values (p_user, coalesce(asked.idempotency_key, p_key), talk.id, asked.turn, discard_turn.run_id);
  if exists (select from tool_call c where c.conversation_id = talk.id and c.turn = asked.turn) then
    insert into message (id, conversation_id, user_id, turn, role, content)
    values (p_new_message, talk.id, p_user, asked.turn, 'assistant', p_note);
    update conversation set updated_at = clock_timestamp() where id = talk.id;
  else
    delete from message where id = asked.id;
    delete from conversation
    where id = talk.id and not exists (select from message m where m.conversation_id = talk.id);
  end if;
end $$;

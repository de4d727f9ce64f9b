-- Begin a turn, resume it, or say why not: in one round trip.
--
-- A function and not one statement with CTEs, because a statement sees one snapshot, taken before it
-- waited for the lease: it would miss what was written meanwhile. Here each statement takes a fresh one.
--
-- outcome      begun        a new turn; or this very run has begun it before (the call may be repeated)
--              resumed      a turn that was begun by a run whose lease has ended, and has no answer
--              replay       the turn has its answer: the last of `contents`
--              in_progress  another run of this turn holds the lease
--              busy         another turn of the conversation holds the lease
--              gave_up      begun p_max_runs times without an answer
--              discarded    the user has discarded the turn, or the key before it named one: discard_turn.sql
--              rate_limited retry_after seconds from now there is room for a turn
--              user_budget_used, service_budget_used
--                           today's p_user_tokens or p_service_tokens are used; retry_after seconds are left of today (UTC)
--              key_reused   the key names a turn with another message or conversation
--              not_found    the user has no such conversation; or p_new_conversation exists already
-- sequences, contents, steps, tool_calls: the conversation up to and with this turn, in order, without the oldest
--              turns where those before this one take more than p_history_bytes (of a replay: this turn alone)
--
-- Locks: the user's owner row, then the conversation. Every other statement takes them in this order too, and the row
-- of service_tokens last.
create or replace function begin_turn_2(
  p_user uuid, p_key text, p_run uuid, p_message text, p_conversation uuid,
  p_new_conversation uuid, p_new_message uuid, p_title text,
  p_lease interval, p_every interval, p_burst int, p_max_runs int, p_history_bytes bigint,
  p_user_tokens bigint, p_service_tokens bigint,  -- null: no limit
  out outcome text, out conversation_id uuid, out turn int, out retry_after float8,
  out sequences int[], out contents text[], out steps json, out tool_calls json
) language plpgsql as $$
#variable_conflict use_column
declare
  is_new_owner bool;
  asked message;        -- the user's message that this key names, if any
  talk conversation;
  due timestamptz;
  clock timestamptz;
  today date := (clock_timestamp() at time zone 'UTC')::date;
  used bigint;          -- the user's tokens of today
  first int;            -- the first turn to return
begin
  insert into owner (user_id) values (p_user) on conflict do nothing;
  is_new_owner := found;
  select turns_due, case when tokens_used_on between today and today + 1 then tokens_used else 0 end into due, used
  from owner where user_id = p_user for no key update;
  select * into asked from message where user_id = p_user and idempotency_key = p_key;

  if exists (select from discarded_turn where user_id = p_user and idempotency_key = p_key) then
    outcome := 'discarded';
    return;
  end if;
  if asked.content <> p_message or asked.conversation_id <> p_conversation
     or asked.turn > 1 and p_conversation is null then
    outcome := 'key_reused';
    return;
  end if;

  conversation_id := coalesce(asked.conversation_id, p_conversation);
  if conversation_id is not null then
    select * into talk from conversation where id = conversation_id and user_id = p_user for update;
    if not found then
      if is_new_owner then delete from owner where user_id = p_user; end if;  -- a refusal leaves no row
      outcome := 'not_found';
      return;
    end if;
  end if;

  clock := clock_timestamp();
  turn := asked.turn;
  if exists (select from message m where m.conversation_id = talk.id and m.sequence = asked.sequence + 1) then
    outcome := 'replay';
    first := turn;
  elsif talk.run_id = p_run then
    outcome := 'begun';
  elsif talk.lease_until > clock then
    outcome := case when talk.running_turn = turn then 'in_progress' else 'busy' end;
    return;
  elsif asked.runs >= p_max_runs then
    outcome := 'gave_up';
    return;
  elsif used >= p_user_tokens
        or p_service_tokens <= (select sum(tokens_used) from service_tokens
                                where tokens_used_on between today and today + 1) then
    if is_new_owner then delete from owner where user_id = p_user; end if;
    outcome := case when used >= p_user_tokens then 'user_budget_used' else 'service_budget_used' end;
    retry_after := extract(epoch from (today + 1)::timestamp at time zone 'UTC' - clock);
    return;
  elsif due - clock > p_every * (p_burst - 1) then  -- GCRA: `due` is when the next turn conforms exactly
    outcome := 'rate_limited';
    retry_after := extract(epoch from due - clock - p_every * (p_burst - 1));
    return;
  else
    if talk.id is null then
      insert into conversation (id, user_id, title) values (p_new_conversation, p_user, p_title) on conflict do nothing;
      if not found then
        if is_new_owner then delete from owner where user_id = p_user; end if;
        outcome := 'not_found';
        return;
      end if;
      conversation_id := p_new_conversation;
      -- A deleted conversation may have had this id. Its turns are not those of the new one.
      update discarded_turn set conversation_id = null, turn = null
      where user_id = p_user and conversation_id = p_new_conversation;
    end if;
    outcome := case when turn is null then 'begun' else 'resumed' end;
    update owner set turns_due = greatest(due, clock) + p_every where user_id = p_user;
    turn := coalesce(turn, talk.last_turn + 1, 1);
    update conversation
    set last_turn = greatest(last_turn, turn), running_turn = turn, run_id = p_run,
        lease_until = clock + p_lease, updated_at = clock
    where id = conversation_id;
    insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
    values (coalesce(asked.id, p_new_message), conversation_id, p_user, turn, 'user', p_message, p_key, 1)
    on conflict (id) do update set runs = message.runs + 1;
  end if;

  first := coalesce(first, oldest_turn_within(conversation_id, turn, p_history_bytes));
  select array_agg(m.sequence order by m.sequence), array_agg(m.content order by m.sequence)
  into sequences, contents
  from message m
  where m.conversation_id = begin_turn_2.conversation_id
    and m.sequence between first * 2 - 1 and begin_turn_2.turn * 2;

  select json_agg(json_build_object('turn', s.turn, 'step', s.step, 'output', s.output) order by s.turn, s.step)
  into steps
  from step s
  where s.conversation_id = begin_turn_2.conversation_id and s.turn between first and begin_turn_2.turn;

  select json_agg(json_build_object('turn', c.turn, 'step', c.step, 'position', c.position,
                                    'name', c.name, 'arguments', c.arguments, 'result', c.result)
                  order by c.turn, c.step, c.position)
  into tool_calls
  from tool_call c
  where c.conversation_id = begin_turn_2.conversation_id and c.turn between first and begin_turn_2.turn;
end $$;

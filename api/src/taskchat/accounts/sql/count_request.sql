-- Count a request against the user's rate, or refuse it with TC002, whose detail is the seconds until there is room.
--
-- A function, so that it runs inside the statement that answers the request: `where p_user = (select count_request(…))`
-- is evaluated once, before any row is read. Users without an owner row have nothing to read and are not counted.
--
-- p_only_reads: nothing else of the transaction has to survive a crash, so its commit does not wait for the disk.
create or replace function count_request(p_user uuid, p_every interval, p_burst int, p_only_reads bool) returns uuid
language plpgsql as $$
declare
  clock timestamptz := clock_timestamp();
  due timestamptz;
begin
  if p_only_reads then
    if current_setting('transaction_read_only')::bool then
      return p_user;  -- a server that only reads, as after a failover: reads go on, uncounted
    end if;
    perform set_config('synchronous_commit', 'off', true);
  end if;
  update owner set requests_due = greatest(requests_due, clock) + p_every  -- GCRA, as for turns
  where user_id = p_user and requests_due - clock <= p_every * (p_burst - 1);
  if not found then
    select requests_due into due from owner where user_id = p_user;
    if due - clock > p_every * (p_burst - 1) then
      raise exception 'rate limited' using errcode = 'TC002',
        detail = extract(epoch from due - clock - p_every * (p_burst - 1))::text;
    end if;
  end if;
  return p_user;
end $$;

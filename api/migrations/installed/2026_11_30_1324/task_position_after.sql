-- Find the position right after a task of the user, or before all of them if p_after is null. Null if there is no such
-- task. If two neighbours are too close for a position in between, the next hundred tasks are numbered again, which is
-- enough after any number of moves to one place; or else all of the user's.
--
-- A function, because only a new statement sees what another move wrote while this one waited for the owner's lock.
create or replace function task_position_after(p_user uuid, p_after uuid, p_moved uuid) returns float8
language plpgsql as $$
declare
  clock float8 := extract(epoch from clock_timestamp());
  step constant float8 := 1000;
  min_room constant float8 := 0.0001;  -- hundreds of times what a double can tell apart at this size
  low float8;
  high float8;
  width int;
  middle float8;
begin
  perform from owner where user_id = p_user for no key update;
  if p_after is null then
    select min(position) - step into high from task where user_id = p_user and id <> p_moved;
    return coalesce(high, clock);
  end if;
  for attempt in 1..2 loop
    select position into low from task where user_id = p_user and id = p_after;
    if not found then
      return null;
    end if;
    select position into high from task
    where user_id = p_user and id <> p_moved and (position, id) > (low, p_after)
    order by position, id limit 1;
    if not found then
      return greatest(clock, low + 0.001);
    end if;
    middle := low + (high - low) / 2;
    if middle > low and middle < high then
      return middle;
    end if;
    select max(position), count(*) into high, width
    from (
      select position from task
      where user_id = p_user and id <> p_moved and (position, id) > (low, p_after)
      order by position, id limit 100
    ) as following;
    if attempt = 1 and (high - low) / width > min_room then
      update task set position = low + (high - low) / width * place
      from (
        select id as numbered, row_number() over (order by position, id) as place
        from task
        where user_id = p_user and id <> p_moved and (position, id) > (low, p_after)
        order by position, id limit 100
      ) as places
      where id = numbered and user_id = p_user and place < width;
      continue;
    end if;
    update task set position = clock - step * place
    from (
      select id as numbered, row_number() over (order by position desc, id desc) as place
      from task where user_id = p_user and id <> p_moved
    ) as places
    where id = numbered and user_id = p_user;
  end loop;
  return null;
end $$;

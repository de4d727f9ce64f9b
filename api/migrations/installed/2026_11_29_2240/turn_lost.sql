-- Raised from within a statement of a run that no longer holds the lease: nothing of it is written.
create or replace function turn_lost() returns uuid language plpgsql as $$
begin
  raise exception 'the turn was taken over or deleted' using errcode = 'TC001';
end $$;

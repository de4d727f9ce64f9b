-- Which of the user's messages have all words of a text. The last one may be unfinished. Null if the text has no words.
--
-- No word needs escaping, because words_of makes spaces of quotes and backslashes.
create or replace function message_query(p_user uuid, p_text text) returns tsquery
language sql immutable strict parallel safe as $$
select string_agg(
    '''' || replace(p_user::text, '-', '') || left(word.lexeme, 100) || '''' || case when word.is_last then ':*' else '' end,
    ' & ')::tsquery
from (
  select lexeme, position = max(position) over () as is_last
  from (select lexeme, positions[cardinality(positions)] as position from unnest(chat.words_of(p_text))) as each
) as word
$$;

-- What the index message_by_word has for a message: its words, each behind its user's id.
--
-- So a user's words lie together in the index, and a search reads only its user's, however many messages of others have
-- the same words or begin with the same letter. Postgres takes no word of more than 2046 bytes.
create or replace function message_words(p_user uuid, p_content text) returns tsvector
language sql immutable strict parallel safe cost 1000 as $$
select array_to_tsvector(array(
  select replace(p_user::text, '-', '') || left(word.lexeme, 100) from unnest(chat.words_of(p_content)) as word))
$$;

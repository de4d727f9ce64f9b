-- The words of a text, in lower case and of any language. Messages are found by them.
--
-- Postgres' own parser keeps addresses, paths and numbers with signs in one piece, and takes other punctuation than
-- ASCII's for letters if the database's locale is C; so all of it becomes spaces first. Scripts that put no spaces
-- between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese) and Korean, which appends to them, are taken apart by
-- letters. A tsvector has at most 1 MB, which 100,000 characters cannot reach.
create or replace function words_of(p_text text) returns tsvector
language sql immutable strict parallel safe as $$
select to_tsvector('pg_catalog.simple', regexp_replace(regexp_replace(
  normalize(left(p_text, 100000), NFKC),
  '[!-/:-@[-`{-~\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3007-\u3020\u3030\ufe00-\ufe0f\U0001f000-\U0001faff]',
  ' ', 'g'),
  '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3006\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])',
  ' \1 ', 'g'))
$$;

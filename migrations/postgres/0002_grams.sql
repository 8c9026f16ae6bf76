-- Search by part of a word, in Chinese too: trigrams (pg_trgm) find nothing for a word of two characters, and most
-- Chinese words have two. An index on base.grams(text) answers `base.grams(text) @> base.grams(typed)`: all pairs of
-- neighbouring characters, and single ones unless they are ASCII. The match itself is then checked with LIKE.
-- The cost tells the planner to compute it from the index only, never row by row.
CREATE FUNCTION base.grams(value text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 10000 AS $$
DECLARE
  word text := lower(value);
  grams text[] := '{}';
BEGIN
  FOR place IN 1 .. length(word) LOOP
    IF ascii(substr(word, place, 1)) > 127 THEN grams := grams || substr(word, place, 1); END IF;
    IF place < length(word) THEN grams := grams || substr(word, place, 2); END IF;
  END LOOP;
  RETURN grams;
END $$;

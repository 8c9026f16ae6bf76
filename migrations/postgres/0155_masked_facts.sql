-- What is kept of pages to compare them later needs no personal numbers: from now on they are masked before they are
-- kept (page-facts.ts). This masks what was kept before, in the same form: identity numbers with a possible day of birth,
-- mobiles and bank cards. What it leaves (mail, addresses) goes when its page is read next, a week later at most; replies
-- have masked them all along.
CREATE FUNCTION watch.mask_numbers(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  masked text := given;
  digits int;
BEGIN
  masked := regexp_replace(masked,
    '(?<![0-9A-Za-z])([1-9]\d\d)\d\d\d(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d(\d[\dXx])(?![0-9A-Za-z])',
    '\1' || repeat('*', 13) || '\2', 'g');
  FOR digits IN 16..19 LOOP
    masked := regexp_replace(masked, format('(?<![0-9A-Za-z])(62\d)\d{%s}(\d\d)(?![0-9A-Za-z])', digits - 5),
      '\1' || repeat('*', digits - 5) || '\2', 'g');
  END LOOP;
  RETURN regexp_replace(masked, '(?<![0-9A-Za-z])(1[3-9]\d)\d{6}(\d\d)(?![0-9A-Za-z])', '\1******\2', 'g');
END $$;

-- Of the facts only what is told in words: the other parts are numbers, and addresses that the crawl still asks for.
UPDATE watch.url SET facts = facts
    || jsonb_build_object('title', watch.mask_numbers(facts->>'title'),
      'keywords', watch.mask_numbers(facts->>'keywords'))
    || jsonb_build_object('blocks', watch.mask_numbers((facts->'blocks')::text)::jsonb)
  WHERE jsonb_typeof(facts->'blocks') = 'array' AND facts::text ~ '\d{11}';
UPDATE watch.change SET detail = watch.mask_numbers(detail::text)::jsonb WHERE detail::text ~ '\d{11}';

DROP FUNCTION watch.mask_numbers(text);

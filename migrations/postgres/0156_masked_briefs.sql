-- The brief of a page was taken from its facts before those were masked (0155): its title is masked likewise.
UPDATE watch.url SET brief = jsonb_set(brief, '{title}', facts->'title')
  WHERE brief->>'title' IS DISTINCT FROM facts->>'title' AND facts ? 'title' AND brief ? 'title';

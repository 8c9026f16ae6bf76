-- The domains to which websites link and from which they load scripts, and whether each still exists. One that does not
-- can be registered by anybody. `once`: the name servers said so once; `dead`: again, hours later.
CREATE TABLE watch.outer_domain (
  domain text PRIMARY KEY CHECK (length(domain) BETWEEN 3 AND 253),
  unit_path ltree NOT NULL,
  state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'there', 'once', 'dead')),
  -- When it was asked for with an answer, and since when it does not exist.
  asked_at timestamptz,
  gone_since timestamptz,
  next_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((state IN ('once', 'dead')) = (gone_since IS NOT NULL))
);
CREATE INDEX ON watch.outer_domain (next_at);
CREATE INDEX ON watch.outer_domain (domain) WHERE state = 'dead';
CALL base.protect('watch.outer_domain');

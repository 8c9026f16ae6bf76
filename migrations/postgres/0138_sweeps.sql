-- How far the slow look at allocated addresses for websites that nobody registered has come: one row a range. What it
-- finds are findings; this is only where it goes on, a round a week.
CREATE TABLE watch.sweep (
  realm text NOT NULL,
  cidr cidr NOT NULL,
  unit_path ltree NOT NULL,
  -- The address to be asked next; null between two rounds.
  next_address inet CHECK (next_address <<= cidr),
  round_began_at timestamptz NOT NULL DEFAULT base.now(),
  round_ended_at timestamptz,
  -- Until when others leave it alone: what a killed worker held is taken up after that.
  lease_until timestamptz,
  PRIMARY KEY (realm, cidr),
  CHECK ((next_address IS NULL) = (round_ended_at IS NOT NULL))
);
CREATE INDEX ON watch.sweep USING gist (unit_path);
CALL base.protect('watch.sweep');

-- Whose findings of unregistered websites stand: they belong to no site.
CREATE INDEX ON findings.finding (kind, url) WHERE site_id IS NULL AND state IN ('open', 'fixed');

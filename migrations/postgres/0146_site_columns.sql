-- Columns (栏目) of websites as the schools declare them: who answers for each, how often it is updated, and whether
-- visitors may leave something there. What the crawl sees is measured against this.
CREATE TABLE sites.site_column (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  site_id uuid NOT NULL REFERENCES sites.site,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  -- Path, with query where that tells columns apart, from the first slash: /news/ or /list.asp?id=3.
  path_prefix text NOT NULL CHECK (path_prefix LIKE '/%' AND length(path_prefix) <= 300),
  owner_id uuid REFERENCES units.person,
  -- Days within which something new must stand there; null: no rule.
  update_days int CHECK (update_days BETWEEN 1 AND 3650),
  interactive boolean NOT NULL DEFAULT false,
  declared_at timestamptz NOT NULL DEFAULT base.now(),
  declared_by_name text NOT NULL,
  -- Since when it is no column any more; the row stays.
  removed_at timestamptz,
  removed_reason text,
  CHECK ((removed_at IS NULL) = (removed_reason IS NULL))
);
CREATE UNIQUE INDEX one_column_per_path ON sites.site_column (site_id, path_prefix) WHERE removed_at IS NULL;
CREATE INDEX ON sites.site_column (owner_id) WHERE removed_at IS NULL;
CREATE INDEX ON sites.site_column USING gist (unit_path);
CALL base.protect('sites.site_column');

-- Who answers for a site: 主管 (head) and 运行 (manager), by person, in time. A site whose people hold no post in its
-- unit any more is 失管 (D2).
ALTER TABLE sites.site ADD COLUMN head_id uuid REFERENCES units.person;
CREATE INDEX ON sites.site (manager_id);
CREATE INDEX ON sites.site (head_id);

CREATE TABLE sites.site_person (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  role text NOT NULL CHECK (role IN ('head', 'manager')),
  person_id uuid NOT NULL REFERENCES units.person,
  named_at timestamptz NOT NULL DEFAULT base.now(),
  replaced_at timestamptz CHECK (replaced_at >= named_at)
);
CREATE UNIQUE INDEX one_person_per_role ON sites.site_person (site_id, role) WHERE replaced_at IS NULL;
CREATE INDEX ON sites.site_person (site_id, named_at);
CALL base.protect('sites.site_person');
REVOKE INSERT, UPDATE ON sites.site_person FROM jiaodun_app;

-- However a site's people are written, the line of who was named when follows; nobody else writes it.
CREATE FUNCTION sites.note_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT * FROM (VALUES ('head', NEW.head_id), ('manager', NEW.manager_id)) AS v(role, person_id) LOOP
    UPDATE sites.site_person SET replaced_at = greatest(base.now(), named_at)
      WHERE site_id = NEW.id AND role = one.role AND replaced_at IS NULL AND person_id IS DISTINCT FROM one.person_id;
    INSERT INTO sites.site_person (site_id, unit_path, role, person_id)
      SELECT NEW.id, NEW.unit_path, one.role, one.person_id WHERE one.person_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM sites.site_person WHERE site_id = NEW.id AND role = one.role AND replaced_at IS NULL);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER note_person AFTER INSERT OR UPDATE OF head_id, manager_id ON sites.site
  FOR EACH ROW EXECUTE FUNCTION sites.note_person();

INSERT INTO sites.site_person (site_id, unit_path, role, person_id, named_at)
  SELECT id, unit_path, 'manager', manager_id, registered_at FROM sites.site WHERE manager_id IS NOT NULL;

CREATE OR REPLACE VIEW sites.site_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, name, url, host, resolve_to, server_address, health, last_checked_at, open_findings,
    head_id, manager_id
  FROM sites.site;

-- Who holds which address, and whose device has which IP, MAC, owner and room: as history on two axes.
-- `valid` is when it was so, `recorded` is when we knew it. A change closes `recorded` of the rows that it
-- touches and adds new ones, so that "as of T, as known at K" is always answerable.
CREATE SCHEMA addresses;
GRANT USAGE ON SCHEMA addresses TO jiaodun_app;

-- The time that goes into `recorded`: one writer at a time, and never backwards, whatever the clock does.
CREATE TABLE addresses.register_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  last timestamptz NOT NULL
);
INSERT INTO addresses.register_clock (last) VALUES ('2000-01-01 00:00:00+00');
GRANT SELECT, UPDATE ON addresses.register_clock TO jiaodun_app;

CREATE TABLE addresses.allocation (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  -- One (realm, cidr) keeps its id through all its rows.
  id uuid NOT NULL,
  realm text NOT NULL CHECK (length(realm) BETWEEN 1 AND 60),
  cidr cidr NOT NULL,
  role text NOT NULL CHECK (role IN ('inside', 'exit')),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  note text,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  CONSTRAINT one_holder EXCLUDE USING gist (cidr inet_ops WITH =, realm WITH =, valid WITH &&)
    WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.allocation USING gist (unit_path);
CREATE INDEX allocation_current ON addresses.allocation USING gist (cidr inet_ops)
  WHERE upper_inf(recorded) AND upper_inf(valid);
CREATE INDEX ON addresses.allocation (id);
CALL base.protect('addresses.allocation');

-- Prefixes of one realm and role either do not touch, or the one within belongs to a unit at or below the
-- holder of the one around it (city → county → school). Prefixes overlap only by containing one another.
CREATE FUNCTION addresses.refuse_overlap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT FROM added n JOIN addresses.allocation a ON a.cidr && n.cidr AND a.realm = n.realm
      AND a.role = n.role AND upper_inf(a.recorded) AND upper_inf(a.valid) AND a.row_id <> n.row_id
    WHERE upper_inf(n.recorded) AND upper_inf(n.valid)
      AND NOT CASE WHEN a.cidr >>= n.cidr THEN a.unit_path @> n.unit_path ELSE n.unit_path @> a.unit_path END) THEN
    RAISE EXCEPTION 'allocations of two units overlap' USING ERRCODE = '23P01', CONSTRAINT = 'nested_only';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER nested_only AFTER INSERT ON addresses.allocation REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.refuse_overlap();

-- A device as it is registered now; what it was is in the tables below.
CREATE TABLE addresses.device (
  id uuid PRIMARY KEY,
  -- The number on the sticker: unique in its unit, since schools number on their own.
  asset_no text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('computer', 'server', 'switch', 'ap', 'printer', 'other')),
  realm text NOT NULL,
  ip inet,
  mac macaddr,
  person_id uuid REFERENCES units.person,
  room text,
  note text,
  registered_at timestamptz NOT NULL DEFAULT base.now(),
  UNIQUE (unit_id, asset_no),
  CHECK (ip IS NULL OR masklen(ip) = CASE family(ip) WHEN 4 THEN 32 ELSE 128 END)
);
CREATE INDEX ON addresses.device USING gist (unit_path);
CREATE INDEX ON addresses.device (unit_path, asset_no);
CREATE INDEX ON addresses.device (asset_no);
CREATE INDEX ON addresses.device (realm, ip);
CREATE INDEX ON addresses.device USING gin ((name || ' ' || asset_no || ' ' || coalesce(room, '')) gin_trgm_ops);
CREATE INDEX ON addresses.device (mac);
CALL base.protect('addresses.device');

-- The tables of facts are read by device or address; row-level security only filters what that finds.
CREATE TABLE addresses.device_state (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  device_id uuid NOT NULL REFERENCES addresses.device,
  unit_path ltree NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  note text,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  EXCLUDE USING gist (device_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CALL base.protect('addresses.device_state');

CREATE TABLE addresses.device_ip (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  device_id uuid NOT NULL REFERENCES addresses.device,
  unit_path ltree NOT NULL,
  realm text NOT NULL,
  ip inet NOT NULL CHECK (masklen(ip) = CASE family(ip) WHEN 4 THEN 32 ELSE 128 END),
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  EXCLUDE USING gist (device_id WITH =, valid WITH &&) WHERE (upper_inf(recorded)),
  CONSTRAINT one_device_per_ip EXCLUDE USING gist (ip inet_ops WITH =, realm WITH =, valid WITH &&)
    WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.device_ip (realm, ip);
CREATE INDEX ON addresses.device_ip (device_id);
CALL base.protect('addresses.device_ip');

CREATE TABLE addresses.device_mac (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  device_id uuid NOT NULL REFERENCES addresses.device,
  unit_path ltree NOT NULL,
  mac macaddr NOT NULL,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  EXCLUDE USING gist (device_id WITH =, valid WITH &&) WHERE (upper_inf(recorded)),
  CONSTRAINT one_device_per_mac EXCLUDE USING gist (mac WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.device_mac (mac);
CREATE INDEX ON addresses.device_mac (device_id);
CALL base.protect('addresses.device_mac');

-- Who answers for a device and where it stands.
CREATE TABLE addresses.custody (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  device_id uuid NOT NULL REFERENCES addresses.device,
  unit_path ltree NOT NULL,
  person_id uuid REFERENCES units.person,
  room text,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  CHECK (person_id IS NOT NULL OR room IS NOT NULL),
  EXCLUDE USING gist (device_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.custody (device_id);
CALL base.protect('addresses.custody');

-- What other modules may read.
CREATE VIEW addresses.allocation_view WITH (security_invoker) AS
  SELECT id, realm, cidr, role, unit_id, unit_path FROM addresses.allocation
  WHERE upper_inf(recorded) AND upper_inf(valid);
CREATE VIEW addresses.device_view WITH (security_invoker) AS
  SELECT id, asset_no, unit_id, unit_path, name, type, realm, ip, mac, room, person_id FROM addresses.device;
GRANT SELECT ON addresses.allocation_view, addresses.device_view TO jiaodun_app;

-- A device may have several addresses at a time; one address is still one device's at a time. The constraints that kept
-- it to one each go: `one_device_per_ip` and `one_device_per_mac` already refuse the same address twice.
ALTER TABLE addresses.device_ip DROP CONSTRAINT device_ip_device_id_valid_excl;
ALTER TABLE addresses.device_mac DROP CONSTRAINT device_mac_device_id_valid_excl;
CREATE INDEX device_mac_now ON addresses.device_mac (mac) WHERE upper_inf(recorded) AND upper_inf(valid);

-- The switch and port that a device is plugged into, by its own history: moving a cable changes no custody.
CREATE TABLE addresses.device_port (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  device_id uuid NOT NULL REFERENCES addresses.device,
  unit_path ltree NOT NULL,
  switch text,
  port text,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  CHECK (switch IS NOT NULL OR port IS NOT NULL),
  EXCLUDE USING gist (device_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.device_port (device_id);
CALL base.protect('addresses.device_port');

-- The first address of each kind stays in `ip` and `mac`; the others stand as texts, for lists and their search.
-- `revision` counts the changes: who edits what somebody else has changed meanwhile is told so.
ALTER TABLE addresses.device
  ADD COLUMN other_ips text NOT NULL DEFAULT '',
  ADD COLUMN other_macs text NOT NULL DEFAULT '',
  ADD COLUMN switch text,
  ADD COLUMN port text,
  ADD COLUMN retired_at timestamptz,
  ADD COLUMN retired_reason text,
  ADD COLUMN revision int NOT NULL DEFAULT 1,
  ADD CHECK ((retired_at IS NULL) = (retired_reason IS NULL)),
  -- Who is retired has nothing any more that another could need.
  ADD CONSTRAINT retired_has_nothing CHECK (retired_at IS NULL OR (ip IS NULL AND mac IS NULL AND person_id IS NULL
    AND other_ips = '' AND other_macs = ''));
ALTER TABLE addresses.device ALTER COLUMN search SET EXPRESSION AS (
  name || ' ' || asset_no || ' ' || coalesce(room, '') || ' ' || coalesce(host(ip), '') || ' '
    || coalesce(mac::text, '') || ' ' || other_ips || ' ' || other_macs
);

-- What was seen in the network and is in no register: one row for each hardware address of a realm. Made from the
-- bindings by a job; a row that is registered meanwhile is marked, never deleted.
CREATE TABLE addresses.discovered (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  realm text NOT NULL,
  mac macaddr NOT NULL,
  -- The address it had last; none when only a switch has seen it. `dynamic`: given by DHCP or RADIUS.
  ip inet,
  dynamic boolean NOT NULL,
  hostname text,
  switch text,
  port text,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  -- Which observations: sources and kinds of proof.
  evidence text NOT NULL,
  registered boolean NOT NULL DEFAULT false,
  ignored_until timestamptz,
  ignored_reason text,
  ignored_by text,
  search text NOT NULL GENERATED ALWAYS AS (mac::text || ' ' || coalesce(host(ip), '')
    || ' ' || coalesce(hostname, '')) STORED,
  UNIQUE (realm, mac),
  CHECK ((ignored_until IS NULL) = (ignored_reason IS NULL)),
  CHECK ((ignored_until IS NULL) = (ignored_by IS NULL))
);
CREATE INDEX ON addresses.discovered USING gist (unit_path);
CREATE INDEX ON addresses.discovered (last_seen DESC, id);
CREATE INDEX discovered_search ON addresses.discovered USING gin (base.grams(search));
CALL base.protect('addresses.discovered');

CREATE OR REPLACE VIEW addresses.device_view WITH (security_invoker) AS
  SELECT id, asset_no, unit_id, unit_path, name, type, realm, ip, mac, room, person_id, switch, port, retired_at,
    other_ips, other_macs
  FROM addresses.device;

-- What of a unit stands and is no website's: asked for with every look at its devices.
CREATE INDEX finding_of_unit ON findings.finding (unit_id, state) WHERE site_id IS NULL;

-- Which hardware address had which address, as the logs show it; who is asked by SNMP; and how far the logs were read.

-- One row is an interval of one source: one (realm, ip, mac) from `began` on. Everything here follows from rows of the
-- log store and is rebuilt from them. `valid` of an interval is [began, until]; `last_proof` is when it was last seen,
-- and what lies between `last_proof` and `until` is only claimed (a lease is not presence). There is no range column:
-- extending an open interval must touch no index (PostgreSQL then rewrites the row in its own page).
CREATE TABLE addresses.binding (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- That of the source which tells it.
  unit_path ltree NOT NULL,
  realm text NOT NULL,
  -- '::' of a forwarding table, which knows hardware addresses only.
  ip inet NOT NULL CHECK (masklen(ip) = CASE family(ip) WHEN 4 THEN 32 ELSE 128 END),
  mac macaddr NOT NULL,
  source_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('dhcp', 'radius', 'arp', 'nd', 'arpwatch', 'fdb')),
  level text NOT NULL CHECK (level IN ('authoritative', 'observed', 'inferred', 'declared')),
  -- RADIUS session; switch and port of a forwarding table. Part of what an interval is of.
  session text NOT NULL DEFAULT '',
  began timestamptz NOT NULL,
  last_proof timestamptz NOT NULL,
  until timestamptz NOT NULL,
  -- Why it is over, where a log says so; silence never does.
  ended text CHECK (ended IN ('release', 'expire', 'decline', 'nak', 'stop', 'superseded', 'changed')),
  hostname text NOT NULL DEFAULT '',
  nas text NOT NULL DEFAULT '',
  port text NOT NULL DEFAULT '',
  -- Places of the first and the last line that prove it.
  first_seg bigint NOT NULL,
  first_seq int NOT NULL,
  last_seg bigint NOT NULL,
  last_seq int NOT NULL,
  -- How far it reached at some times of knowledge: triples (known, last_proof, until), at most one in eight hours.
  marks timestamptz[] NOT NULL,
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  CHECK (began <= last_proof AND last_proof <= until),
  CHECK (cardinality(marks) BETWEEN 3 AND 96 AND cardinality(marks) % 3 = 0)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX binding_once ON addresses.binding (source_id, ip, realm, mac, kind, session, began)
  WHERE upper_inf(recorded);
CREATE INDEX ON addresses.binding (realm, ip, began);
CREATE INDEX ON addresses.binding (mac, began);
CREATE INDEX ON addresses.binding USING gist (unit_path);
CALL base.protect('addresses.binding');

-- The time that goes into `recorded` of bindings: one writer at a time, never backwards.
CREATE TABLE addresses.binding_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  last timestamptz NOT NULL
);
INSERT INTO addresses.binding_clock (last) VALUES ('2000-01-01 00:00:00+00');
GRANT SELECT, UPDATE ON addresses.binding_clock TO jiaodun_app;

-- Up to when (by its own times) a source has been read: what is later continues, what is not is put in its place.
CREATE TABLE addresses.binding_source (
  source_id int PRIMARY KEY,
  unit_path ltree NOT NULL,
  read_to timestamptz NOT NULL
);
CREATE INDEX ON addresses.binding_source USING gist (unit_path);
CALL base.protect('addresses.binding_source');

-- Segments to be read, and those that were. `again`: its rows were read before and are others now.
CREATE TABLE addresses.binding_segment (
  segment_id bigint PRIMARY KEY,
  source_id int NOT NULL,
  unit_path ltree NOT NULL,
  waits boolean NOT NULL DEFAULT true,
  again boolean NOT NULL DEFAULT false,
  first_ts timestamptz,
  last_ts timestamptz
);
CREATE INDEX ON addresses.binding_segment (segment_id) WHERE waits;
CREATE INDEX ON addresses.binding_segment USING gist (unit_path);
CALL base.protect('addresses.binding_segment');
INSERT INTO addresses.binding_segment (segment_id, source_id, unit_path, first_ts, last_ts)
  SELECT g.id, g.source_id, g.unit_path, g.first_ts, g.last_ts FROM logs.segment g
  JOIN logs.source s ON s.id = g.source_id
  WHERE g.indexed_at IS NOT NULL AND g.dropped_at IS NULL AND g.first_ts IS NOT NULL AND s.format IN ('dnsmasq',
    'isc-dhcpd', 'kea', 'kea-forensic', 'windows-dhcp', 'radius', 'mikrotik', 'huawei-usg', 'h3c', 'arpwatch', 'template',
    'auto');

-- Rebuildings of all bindings from the log store: who asked, and how far it is.
CREATE TABLE addresses.binding_rebuild (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  asked_by text NOT NULL,
  began timestamptz NOT NULL DEFAULT base.now(),
  ended timestamptz,
  -- The last (realm, ip) of the log store's that is done; null, and what is known besides goes by its number.
  done_realm text,
  done_ip inet,
  done_id bigint,
  addresses bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_rebuild ON addresses.binding_rebuild ((true)) WHERE ended IS NULL;
CREATE INDEX ON addresses.binding_rebuild USING gist (unit_path);
CALL base.protect('addresses.binding_rebuild');

-- Switches and routers whose tables are read by SNMP. What they answer becomes lines of a log source of their own.
CREATE TABLE addresses.poller (
  id uuid PRIMARY KEY,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  target inet NOT NULL CHECK (masklen(target) = CASE family(target) WHEN 4 THEN 32 ELSE 128 END),
  port int NOT NULL CHECK (port BETWEEN 1 AND 65535),
  realm text NOT NULL,
  version text NOT NULL CHECK (version IN ('2c', '3')),
  -- Community or user and keys, sealed under the installation's key.
  secret text NOT NULL,
  interval_seconds int NOT NULL CHECK (interval_seconds BETWEEN 60 AND 86400),
  source_id int NOT NULL UNIQUE,
  enabled boolean NOT NULL DEFAULT true,
  created timestamptz NOT NULL DEFAULT base.now(),
  next_at timestamptz NOT NULL DEFAULT base.now(),
  last_at timestamptz,
  last_ok timestamptz,
  -- Null: the last poll went well.
  problem jsonb,
  figures jsonb,
  CONSTRAINT one_poller UNIQUE (realm, target, port)
);
CREATE INDEX ON addresses.poller (next_at) WHERE enabled;
CREATE INDEX ON addresses.poller USING gist (unit_path);
CALL base.protect('addresses.poller');

CREATE VIEW addresses.binding_view WITH (security_invoker) AS
  SELECT id, unit_path, realm, ip, mac, source_id, kind, level, began, last_proof, until, ended, hostname, nas, port
  FROM addresses.binding WHERE upper_inf(recorded);
GRANT SELECT ON addresses.binding_view TO jiaodun_app;

-- Lines of what was asked by SNMP.
ALTER TABLE logs.source DROP CONSTRAINT source_format_check;
ALTER TABLE logs.source ADD CONSTRAINT source_format_check CHECK (format IN ('squid', 'dnsmasq', 'isc-dhcpd', 'kea',
  'kea-forensic', 'windows-dhcp', 'bind', 'unbound', 'radius', 'conntrack', 'mikrotik', 'huawei-usg', 'h3c', 'juniper',
  'iptables', 'suricata', 'access', 'arpwatch', 'snmp', 'netflow', 'h3c-flow', 'template', 'auto', 'unknown'));

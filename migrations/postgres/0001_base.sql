-- Ground that every module stands on. Runs as the owner; the application works as jiaodun_app,
-- which owns nothing, cannot bypass row-level security and cannot delete (rule 3: nothing legal is deleted).
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA base;
GRANT USAGE ON SCHEMA base TO jiaodun_app;

-- Legal time is the database's, and moves within a transaction (now() stands still there).
CREATE FUNCTION base.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;

-- The subtree that this transaction may see. Unset means nothing at all, '*' means everything (system jobs).
-- After a transaction-local setting ends, PostgreSQL leaves '' behind: that too must mean nothing.
CREATE FUNCTION base.scope() RETURNS ltree LANGUAGE sql STABLE AS $$
  SELECT CASE coalesce(current_setting('jiaodun.scope', true), '')
    WHEN '' THEN NULL
    WHEN '*' THEN ''::ltree
    ELSE current_setting('jiaodun.scope', true)::ltree END
$$;

CREATE FUNCTION base.actor_id() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('jiaodun.actor', true), '')
$$;

-- A table whose rows belong to a unit: visible and writable inside the scope only.
CREATE PROCEDURE base.protect(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY scope ON %s USING (unit_path <@ (SELECT base.scope()))', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO jiaodun_app', target);
END $$;

-- A table whose rows are published downward: units below may read what their bureau set, and only it writes.
CREATE PROCEDURE base.protect_published(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY scope ON %s USING (unit_path <@ (SELECT base.scope()))', target);
  EXECUTE format('CREATE POLICY published ON %s FOR SELECT USING (unit_path @> (SELECT base.scope()))', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO jiaodun_app', target);
END $$;

-- Domain events: written in the transaction that causes them (outbox), delivered by jobs.
CREATE TABLE base.event (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL,
  unit_path ltree NOT NULL DEFAULT '',
  payload jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect('base.event');

-- A delivery that took effect: makes at-least-once delivery act once.
CREATE TABLE base.delivery (
  event_id uuid NOT NULL REFERENCES base.event,
  subscriber text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (event_id, subscriber)
);
GRANT SELECT, INSERT ON base.delivery TO jiaodun_app;

-- The application may ask for work inside its own transaction, and nothing else of the queue.
CREATE FUNCTION base.add_job(identifier text, payload json, run_at timestamptz, job_key text, max_attempts int)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, graphile_worker AS $$
  SELECT graphile_worker.add_job(identifier, payload, run_at => coalesce(run_at, base.now()), job_key => job_key,
    max_attempts => max_attempts)
$$;
REVOKE ALL ON FUNCTION base.add_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION base.add_job TO jiaodun_app;

-- Role processes, on whatever machine, say that they live and how they are: what GET /healthz is answered from.
-- `detail` is {problems: [{zh, en}], figures}.
CREATE TABLE base.role_heartbeat (
  role text NOT NULL,
  host text NOT NULL,
  pid int NOT NULL,
  started_at timestamptz NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  status text NOT NULL DEFAULT 'ok' CHECK (status IN ('ok', 'degraded')),
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (role, host)
);
GRANT SELECT, INSERT, UPDATE ON base.role_heartbeat TO jiaodun_app;

-- The queue's workers that live. A killed worker's jobs are given back when its beat is old; Graphile Worker
-- itself would wait four hours.
CREATE TABLE base.queue_worker (
  worker_id text PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Row-level security that the planner can reckon with. Under a policy PostgreSQL estimates an operator from the
-- statistics, and uses it on an index before the policy, only when the operator's function is LEAKPROOF; and it knows
-- a value at planning only when it is no subquery. Without both it took one row in a thousand for every scope:
-- measured at 100,000 devices, one page of the list took 20 s as the city and now takes 5 ms (docs/decisions/0019).
-- None of these functions raises an error or tells anything that depends on the rows it is given.
DO $$
DECLARE one regprocedure;
BEGIN
  FOR one IN SELECT oprcode FROM pg_operator WHERE oprname IN ('<@', '@>')
      AND oprleft = 'ltree'::regtype AND oprright = 'ltree'::regtype LOOP
    EXECUTE format('ALTER FUNCTION %s LEAKPROOF', one);
  END LOOP;
  ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
  ALTER FUNCTION base.grams(text) LEAKPROOF;
EXCEPTION WHEN insufficient_privilege THEN
  -- A database of one's own: its superuser runs these lines once, as the operator guide says.
  RAISE WARNING 'not a superuser: lists of many rows will be slow until LEAKPROOF is set';
END $$;

-- Read afresh with every statement. '*' (system jobs) is the empty path, which lies above all; unset is NULL.
CREATE OR REPLACE PROCEDURE base.protect(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY scope ON %s USING (unit_path <@
    ltrim(nullif(current_setting(''jiaodun.scope'', true), ''''), ''*'')::ltree)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO jiaodun_app', target);
END $$;

CREATE OR REPLACE PROCEDURE base.protect_published(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  CALL base.protect(target);
  EXECUTE format('CREATE POLICY published ON %s FOR SELECT USING (unit_path @>
    ltrim(nullif(current_setting(''jiaodun.scope'', true), ''''), ''*'')::ltree)', target);
END $$;

DO $$
DECLARE
  policy record;
  subquery text := '( SELECT base.scope() AS scope)';
  expression text := 'ltrim(nullif(current_setting(''jiaodun.scope'', true), ''''), ''*'')::ltree';
BEGIN
  PERFORM set_config('jiaodun.audit_migration', 'on', true);
  FOR policy IN SELECT * FROM pg_policies
      WHERE position(subquery IN coalesce(qual, '') || coalesce(with_check, '')) > 0 LOOP
    EXECUTE format('ALTER POLICY %I ON %I.%I', policy.policyname, policy.schemaname, policy.tablename)
      || coalesce(' USING (' || replace(policy.qual, subquery, expression) || ')', '')
      || coalesce(' WITH CHECK (' || replace(policy.with_check, subquery, expression) || ')', '');
  END LOOP;
  PERFORM set_config('jiaodun.audit_migration', '', true);
END $$;

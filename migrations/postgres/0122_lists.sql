-- What the lists of people cost, measured at 1,000 units and 8,000 people (bench/lists.bench.ts).

-- A row of units.person is seen at home or where its person serves. Of an alternative the planner cannot tell how many
-- rows it leaves, and no index serves it, so the expression that base.protect writes (migration 0120) gains nothing
-- there and is worked out for each row: 50 ms for a count of 8,000 people. As a subquery it is worked out once for each
-- statement. Who may see whom stays what it was.
ALTER POLICY scope ON units.person USING (unit_path <@ (SELECT base.scope()));

-- What people are searched by, in small letters: ILIKE over joined columns took 6 µs a row.
ALTER TABLE units.person ADD COLUMN search text GENERATED ALWAYS AS
  (lower(name || ' ' || person_no || ' ' || pinyin)) STORED;

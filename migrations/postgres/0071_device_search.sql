-- What a device is found by, in one place: with `OR` over several columns no index would answer.
ALTER TABLE addresses.device ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
  name || ' ' || asset_no || ' ' || coalesce(room, '') || ' ' || coalesce(host(ip), '') || ' ' || coalesce(mac::text, '')
) STORED;
DROP INDEX addresses.device_expr_idx;
CREATE INDEX device_search ON addresses.device USING gin (base.grams(search));

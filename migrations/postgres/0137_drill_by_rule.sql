-- A school whose gateway gives fixed ports by a declared rule (RFC 7422) has no translation log, and its drill has points all the
-- same: addresses that were in use, at ports that the rule gives them.
ALTER TABLE trace.drill_point DROP CONSTRAINT drill_point_kind_check;
ALTER TABLE trace.drill_point ADD CONSTRAINT drill_point_kind_check CHECK (kind IN ('nat', 'block', 'proxy', 'rule'));

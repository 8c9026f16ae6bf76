-- Findings are found by parts of words, in Chinese too (0002_grams.sql).
DROP INDEX findings.finding_expr_idx;
CREATE INDEX finding_search ON findings.finding
  USING gin (base.grams(url || ' ' || text || ' ' || coalesce(site_name, '')));

-- What goes to the unit that another merged into, in the transaction of the merge: what is of now and has no history of
-- its own. Devices, prefixes, port blocks and log sources follow by their modules, dated (docs/decisions/0016).
INSERT INTO units.path_rule (table_name, on_merge, reason) VALUES
  ('addresses.poller', 'transfer', 'switches go on being read for the new unit'),
  ('addresses.realm', 'transfer', 'a routing domain needs a unit that names it'),
  ('addresses.discovered', 'transfer', 'machines that nobody registered stand in the new unit''s network'),
  ('addresses.exit_exception', 'transfer', 'an exception that was granted holds until it expires');
-- Of every page half is left for what extends its rows: a batch that touches all of them moves none to another page,
-- and writes no index.
ALTER TABLE addresses.binding SET (fillfactor = 50);

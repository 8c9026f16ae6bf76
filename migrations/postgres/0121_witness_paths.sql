-- What a witness signed is append-only, its place included; row-level security shows it by the path of its time.
INSERT INTO units.path_rule (table_name, on_move, reason)
VALUES ('audit.cosignature', 'keep', 'a signature is not changed');

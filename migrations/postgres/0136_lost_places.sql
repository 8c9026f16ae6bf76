-- Where exactly the numbers that an hour misses are missing. One lost line used to make the whole hour doubtful to every
-- trace, though the lines before and after it tell to the second where it was.

-- Pieces of time on a grid of five seconds, so that an hour has at most some hundred. Never too small, perhaps too large:
-- what came later is not taken out. Null: not known (told before this was kept), then it may be anywhere in the hour.
ALTER TABLE logs.gap ADD COLUMN places tstzmultirange;

-- What has no ports is asked for by its protocol; asked as TCP it would name whoever had a TCP session then.
ALTER TABLE trace.trace DROP CONSTRAINT trace_proto_check,
  ADD CONSTRAINT trace_proto_check CHECK (proto IN ('tcp', 'udp', 'icmp', 'gre', 'esp')),
  -- Who told the address as its client's, in a header that anybody can write.
  ADD COLUMN forwarded_by inet;

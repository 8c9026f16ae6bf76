-- A device sends lines and flows (NetFlow, IPFIX, H3C Flow) from one address by two doors: they are two sources.
CREATE OR REPLACE FUNCTION logs.refuse_shared_sender() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.retired IS NOT NULL THEN RETURN NEW; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('logs.senders'));
  IF EXISTS (SELECT FROM logs.source s WHERE s.id <> NEW.id AND s.retired IS NULL
      AND (s.senders && NEW.senders OR s.certificates && NEW.certificates)
      AND (s.format IN ('netflow', 'h3c-flow')) = (NEW.format IN ('netflow', 'h3c-flow'))) THEN
    RAISE EXCEPTION 'a sender belongs to another source' USING ERRCODE = '23505', CONSTRAINT = 'one_sender';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER one_sender ON logs.source;
CREATE TRIGGER one_sender AFTER INSERT OR UPDATE OF senders, certificates, retired, format ON logs.source
  FOR EACH ROW EXECUTE FUNCTION logs.refuse_shared_sender();

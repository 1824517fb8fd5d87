-- Erasure of a person. Events and reasons of deadlines stay append-only; only their texts may go, and only in the
-- transaction that has already recorded `contact.erased` of the very person: of that person's own events and of those
-- of the tickets whose contact the person is.
CREATE FUNCTION erased_in_this_transaction(company text, subject text, ticket text) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT 1 FROM "event" e
    WHERE e."company_id" = company AND e."transaction_id" = pg_current_xact_id() AND e."kind" = 'contact.erased'
      AND (e."subject_id" = subject OR EXISTS (SELECT 1 FROM "ticket" t
        WHERE t."company_id" = company AND t."id" = ticket AND t."contact_id" = e."subject_id")));
$$;

CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND to_jsonb(NEW) - '{before,after,reason}'::text[] = to_jsonb(OLD) - '{before,after,reason}'::text[]
     AND erased_in_this_transaction(OLD."company_id", OLD."subject_id", OLD."ticket_id") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'event is append-only' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER "event_append_only" ON "event";
CREATE TRIGGER "event_append_only" BEFORE UPDATE OR DELETE ON "event" FOR EACH ROW EXECUTE FUNCTION refuse_event_change();

CREATE FUNCTION refuse_clock_change_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."reason" IS NULL AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason'
     AND erased_in_this_transaction(OLD."company_id", NULL, (SELECT c."ticket_id" FROM "sla_clock" c
       WHERE c."company_id" = OLD."company_id" AND c."id" = OLD."clock_id")) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'sla_clock_change is append-only' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER "sla_clock_change_keep" ON "sla_clock_change";
CREATE TRIGGER "sla_clock_change_keep" BEFORE UPDATE OR DELETE ON "sla_clock_change" FOR EACH ROW EXECUTE FUNCTION refuse_clock_change_change();

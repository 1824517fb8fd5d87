-- The date of a posted invoice: that of the instant it was posted, in the company's time zone as it was then. It was
-- computed anew from the present zone each time.
ALTER TABLE "invoice" ADD COLUMN "invoice_date" DATE;

-- Of invoices posted before, only the year is known for certain: the number holds it.
DO $$
DECLARE posted record; local date; year int;
BEGIN
  FOR posted IN SELECT i.*, c."timezone" FROM "invoice" i JOIN "company" c ON c."id" = i."company_id" WHERE i."status" <> 'draft' LOOP
    BEGIN
      local := (coalesce(posted."posted_at", posted."updated_at") AT TIME ZONE posted."timezone")::date;
    EXCEPTION WHEN invalid_parameter_value THEN
      local := (coalesce(posted."posted_at", posted."updated_at") AT TIME ZONE 'UTC')::date;
    END;
    year := substring(posted."number" FROM '^INV/(\d{4})/')::int;
    IF year < extract(year FROM local) THEN local := make_date(year, 12, 31); END IF;
    IF year > extract(year FROM local) THEN local := make_date(year, 1, 1); END IF;
    UPDATE "invoice" SET "invoice_date" = local WHERE "company_id" = posted."company_id" AND "id" = posted."id";
  END LOOP;
END $$;

-- Processes of the release before post without it while an upgrade goes on.
CREATE FUNCTION date_posted_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."status" <> 'draft' AND NEW."invoice_date" IS NULL THEN
    SELECT (coalesce(NEW."posted_at", NEW."updated_at") AT TIME ZONE c."timezone")::date INTO NEW."invoice_date"
    FROM "company" c WHERE c."id" = NEW."company_id";
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "invoice_date_fill" BEFORE INSERT OR UPDATE ON "invoice" FOR EACH ROW EXECUTE FUNCTION date_posted_invoice();
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_date_check" CHECK (("status" = 'draft') = ("invoice_date" IS NULL));

-- Its date is as final as its number.
CREATE OR REPLACE FUNCTION keep_posted_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."status" <> 'draft' AND (TG_OP = 'DELETE' OR NEW."number" IS DISTINCT FROM OLD."number" OR NEW."total_minor" <> OLD."total_minor" OR NEW."invoice_date" IS DISTINCT FROM OLD."invoice_date" OR NEW."status" = 'draft') THEN
    RAISE EXCEPTION 'a posted invoice is final' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;

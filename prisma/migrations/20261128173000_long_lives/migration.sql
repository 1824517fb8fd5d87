-- A ticket that has moved ten thousand times is read on from where it was settled.
ALTER TABLE "sla_clock" ADD COLUMN "progress" JSONB;

-- What is still to be billed of one ticket, however much was.
CREATE INDEX "timesheet_entry_pending_ticket_idx" ON "timesheet_entry" ("company_id", "ticket_id", "id") WHERE "applied_version" < "version";

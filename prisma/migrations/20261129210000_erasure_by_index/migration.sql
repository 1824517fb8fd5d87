-- How the erasure of a person finds the stored answers that name them: by the ticket, by the contact that an answer
-- refers to, and the contact's own.
CREATE INDEX "idempotency_key_ticket_idx" ON "idempotency_key" ("company_id", "ticket_id") WHERE "ticket_id" IS NOT NULL;
CREATE INDEX "idempotency_key_of_contact_idx" ON "idempotency_key" ("company_id", ("result" ->> 'contactId'))
  WHERE "result" ->> 'contactId' IS NOT NULL;
CREATE INDEX "idempotency_key_contact_idx" ON "idempotency_key" ("company_id", ("result" ->> 'id'))
  WHERE starts_with("result" ->> 'id', 'con_');

-- What was invoiced in a month.
CREATE INDEX "invoice_company_id_invoice_date_id_idx" ON "invoice"("company_id", "invoice_date", "id");

-- Lists of contacts and products by their kinds.
CREATE INDEX "contact_company_id_kind_id_idx" ON "contact"("company_id", "kind", "id");
CREATE INDEX "product_company_id_kind_id_idx" ON "product"("company_id", "kind", "id");
CREATE INDEX "product_company_id_invoicing_id_idx" ON "product"("company_id", "invoicing", "id");

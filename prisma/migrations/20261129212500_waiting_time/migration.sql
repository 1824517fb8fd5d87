-- Time on an order line that the ledger has not taken up yet; a few rows, whatever the line holds.
CREATE INDEX "timesheet_entry_waiting_idx" ON "timesheet_entry" ("company_id", "sale_order_line_id") INCLUDE ("minutes", "billable", "deleted_at")
  WHERE "applied_version" = 0;

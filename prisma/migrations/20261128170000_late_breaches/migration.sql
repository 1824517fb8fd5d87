-- Breaches that were seen late, for the figures of the installation; a clock in time has no place in it.
CREATE INDEX "sla_clock_late_idx" ON "sla_clock" ("observed_at") WHERE "observed_at" - "breached_at" > interval '30 seconds';

-- CreateTable
CREATE TABLE "running_timer" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "employee_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "running_timer_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateIndex
CREATE INDEX "running_timer_company_id_ticket_id_id_idx" ON "running_timer"("company_id", "ticket_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "running_timer_company_id_employee_id_ticket_id_key" ON "running_timer"("company_id", "employee_id", "ticket_id");

-- AddForeignKey
ALTER TABLE "running_timer" ADD CONSTRAINT "running_timer_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "running_timer" ADD CONSTRAINT "running_timer_company_id_employee_id_fkey" FOREIGN KEY ("company_id", "employee_id") REFERENCES "employee"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

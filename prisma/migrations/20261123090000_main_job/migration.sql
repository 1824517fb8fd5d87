-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "company" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "company_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_account" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "session" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "hint" TEXT NOT NULL,
    "scopes" TEXT[],
    "revoked_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "employee" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "user_id" TEXT,
    "name" TEXT NOT NULL,
    "calendar_id" TEXT NOT NULL,
    "hourly_cost_minor" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "employee_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "contact" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "organisation_id" TEXT,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "phone" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "calendar" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "current_version" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "calendar_version" (
    "company_id" TEXT NOT NULL,
    "calendar_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "timezone" TEXT NOT NULL,
    "cycle_weeks" INTEGER,
    "cycle_anchor" DATE,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_version_pkey" PRIMARY KEY ("company_id","calendar_id","number")
);

-- CreateTable
CREATE TABLE "calendar_interval" (
    "company_id" TEXT NOT NULL,
    "calendar_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "week" INTEGER,
    "weekday" INTEGER NOT NULL,
    "from_minute" INTEGER NOT NULL,
    "to_minute" INTEGER NOT NULL,

    CONSTRAINT "calendar_interval_pkey" PRIMARY KEY ("company_id","calendar_id","version","position")
);

-- CreateTable
CREATE TABLE "calendar_exception" (
    "company_id" TEXT NOT NULL,
    "calendar_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "date" DATE NOT NULL,
    "name" TEXT NOT NULL,
    "intervals" JSONB NOT NULL,

    CONSTRAINT "calendar_exception_pkey" PRIMARY KEY ("company_id","calendar_id","version","date")
);

-- CreateTable
CREATE TABLE "team" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "colour" TEXT NOT NULL DEFAULT '#4f6bed',
    "visibility" TEXT NOT NULL DEFAULT 'internal',
    "calendar_id" TEXT NOT NULL,
    "project_id" TEXT,
    "sla_enabled" BOOLEAN NOT NULL DEFAULT true,
    "timesheets_enabled" BOOLEAN NOT NULL DEFAULT false,
    "time_billing_enabled" BOOLEAN NOT NULL DEFAULT false,
    "configuration_version" INTEGER NOT NULL DEFAULT 1,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "team_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "team_member" (
    "company_id" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "team_member_pkey" PRIMARY KEY ("company_id","team_id","user_id")
);

-- CreateTable
CREATE TABLE "team_follower" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "user_id" TEXT,
    "contact_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "team_follower_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "stage" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "category" TEXT NOT NULL,
    "cancels" BOOLEAN NOT NULL DEFAULT false,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stage_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "ticket" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "team_id" TEXT NOT NULL,
    "stage_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "priority" INTEGER NOT NULL DEFAULT 1,
    "channel" TEXT NOT NULL DEFAULT 'api',
    "contact_id" TEXT,
    "assignee_id" TEXT,
    "sale_order_line_id" TEXT,
    "sla_state" TEXT NOT NULL DEFAULT 'none',
    "next_deadline" TIMESTAMPTZ(3),
    "next_wake_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "archived_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ticket_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "ticket_stage_period" (
    "company_id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "stage_id" TEXT NOT NULL,
    "entered_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),
    "entered_by" JSONB NOT NULL,

    CONSTRAINT "ticket_stage_period_pkey" PRIMARY KEY ("company_id","ticket_id","sequence")
);

-- CreateTable
CREATE TABLE "message" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "user_id" TEXT,
    "contact_id" TEXT,
    "body" TEXT NOT NULL,
    "format" TEXT NOT NULL DEFAULT 'text',
    "internal" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "ticket_follower" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "user_id" TEXT,
    "contact_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ticket_follower_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "sla_policy" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "current_version" INTEGER NOT NULL DEFAULT 1,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sla_policy_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "sla_policy_version" (
    "company_id" TEXT NOT NULL,
    "policy_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "priorities" INTEGER[],
    "target_kind" TEXT NOT NULL,
    "target_stage_id" TEXT NOT NULL,
    "target_minutes" INTEGER NOT NULL,
    "warn_at_percent" INTEGER NOT NULL DEFAULT 80,
    "paused_stage_ids" TEXT[],
    "pause_in_paused_stages" BOOLEAN NOT NULL DEFAULT true,
    "on_reopen" TEXT NOT NULL DEFAULT 'resume',
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sla_policy_version_pkey" PRIMARY KEY ("company_id","policy_id","number")
);

-- CreateTable
CREATE TABLE "sla_clock" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "policy_id" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "cycle" INTEGER NOT NULL DEFAULT 1,
    "calendar_id" TEXT NOT NULL,
    "calendar_version" INTEGER NOT NULL,
    "time_zone_data" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "target_minutes" INTEGER NOT NULL,
    "remaining_ms" BIGINT NOT NULL,
    "deadline" TIMESTAMPTZ(3),
    "at_risk_at" TIMESTAMPTZ(3),
    "at_risk_observed_at" TIMESTAMPTZ(3),
    "reached_at" TIMESTAMPTZ(3),
    "breached_at" TIMESTAMPTZ(3),
    "observed_at" TIMESTAMPTZ(3),
    "exceeded_minutes" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sla_clock_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "sla_clock_change" (
    "company_id" TEXT NOT NULL,
    "clock_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "actor" JSONB NOT NULL,
    "status_before" TEXT,
    "status_after" TEXT NOT NULL,
    "deadline_before" TIMESTAMPTZ(3),
    "deadline_after" TIMESTAMPTZ(3),
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sla_clock_change_pkey" PRIMARY KEY ("company_id","clock_id","sequence")
);

-- CreateTable
CREATE TABLE "project" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "contact_id" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "timesheet_entry" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "employee_id" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "minutes" INTEGER NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "billable" BOOLEAN NOT NULL DEFAULT true,
    "sale_order_line_id" TEXT,
    "applied_version" INTEGER NOT NULL DEFAULT 0,
    "deleted_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "timesheet_entry_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "slice" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "entry_id" TEXT NOT NULL,
    "entry_version" INTEGER NOT NULL,
    "from_minute" INTEGER NOT NULL,
    "to_minute" INTEGER NOT NULL,
    "fate" TEXT NOT NULL,
    "sale_order_line_id" TEXT,
    "invoice_line_id" TEXT,
    "date" DATE NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slice_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "product" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "invoicing" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "unit_price_minor" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "product_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "sale_order" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "contact_id" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'draft',
    "confirmed_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sale_order_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "sale_order_line" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "product_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "description" TEXT NOT NULL,
    "invoicing" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "ordered_minutes" INTEGER,
    "quantity" INTEGER,
    "unit_price_minor" BIGINT NOT NULL,
    "delivered_minutes" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sale_order_line_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "invoice_run" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "period_from" DATE,
    "period_to" DATE,
    "post" BOOLEAN NOT NULL DEFAULT false,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "requested_by" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invoice_run_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "invoice_run_order" (
    "company_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "sale_order_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "invoice_id" TEXT,
    "problem" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invoice_run_order_pkey" PRIMARY KEY ("company_id","run_id","sale_order_id")
);

-- CreateTable
CREATE TABLE "invoice" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "sale_order_id" TEXT NOT NULL,
    "contact_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'draft',
    "number" TEXT,
    "currency" TEXT NOT NULL,
    "period_from" DATE,
    "period_to" DATE,
    "total_minor" BIGINT NOT NULL,
    "paid_minor" BIGINT NOT NULL DEFAULT 0,
    "posted_at" TIMESTAMPTZ(3),
    "paid_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invoice_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "invoice_line" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "invoice_id" TEXT NOT NULL,
    "sale_order_line_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "description" TEXT NOT NULL,
    "quantity_minutes" INTEGER,
    "quantity" INTEGER,
    "unit" TEXT NOT NULL,
    "unit_price_minor" BIGINT NOT NULL,
    "amount_minor" BIGINT NOT NULL,

    CONSTRAINT "invoice_line_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "invoice_number_counter" (
    "company_id" TEXT NOT NULL,
    "year" INTEGER NOT NULL,
    "last_number" INTEGER NOT NULL,

    CONSTRAINT "invoice_number_counter_pkey" PRIMARY KEY ("company_id","year")
);

-- CreateTable
CREATE TABLE "payment" (
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "invoice_id" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "paid_at" TIMESTAMPTZ(3) NOT NULL,
    "method" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("company_id","id")
);

-- CreateTable
CREATE TABLE "event" (
    "position" BIGSERIAL NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "ticket_id" TEXT,
    "actor" JSONB NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "reason" TEXT,
    "command_id" TEXT,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "job" (
    "position" BIGSERIAL NOT NULL,
    "company_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ticket_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "reference" JSONB NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "company_id" TEXT NOT NULL,
    "command_id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "ticket_id" TEXT,
    "result" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("company_id","command_id")
);

-- CreateTable
CREATE TABLE "login_attempt" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "login_attempt_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "user_account_company_id_name_id_idx" ON "user_account"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "user_account_company_id_role_id_idx" ON "user_account"("company_id", "role", "id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_company_id_user_id_idx" ON "session"("company_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "api_key_company_id_user_id_idx" ON "api_key"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "employee_company_id_calendar_id_idx" ON "employee"("company_id", "calendar_id");

-- CreateIndex
CREATE INDEX "employee_company_id_name_id_idx" ON "employee"("company_id", "name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "employee_company_id_user_id_key" ON "employee"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "contact_company_id_organisation_id_idx" ON "contact"("company_id", "organisation_id");

-- CreateIndex
CREATE INDEX "contact_company_id_email_id_idx" ON "contact"("company_id", "email", "id");

-- CreateIndex
CREATE INDEX "contact_company_id_name_id_idx" ON "contact"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "calendar_company_id_name_id_idx" ON "calendar"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "team_company_id_calendar_id_idx" ON "team"("company_id", "calendar_id");

-- CreateIndex
CREATE INDEX "team_company_id_project_id_idx" ON "team"("company_id", "project_id");

-- CreateIndex
CREATE INDEX "team_company_id_name_id_idx" ON "team"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "team_member_company_id_user_id_idx" ON "team_member"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "team_follower_company_id_user_id_idx" ON "team_follower"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "team_follower_company_id_contact_id_idx" ON "team_follower"("company_id", "contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "team_follower_company_id_team_id_user_id_key" ON "team_follower"("company_id", "team_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "team_follower_company_id_team_id_contact_id_key" ON "team_follower"("company_id", "team_id", "contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "stage_company_id_team_id_id_key" ON "stage"("company_id", "team_id", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_stage_id_id_idx" ON "ticket"("company_id", "stage_id", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_team_id_id_idx" ON "ticket"("company_id", "team_id", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_assignee_id_id_idx" ON "ticket"("company_id", "assignee_id", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_contact_id_id_idx" ON "ticket"("company_id", "contact_id", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_sale_order_line_id_idx" ON "ticket"("company_id", "sale_order_line_id");

-- CreateIndex
CREATE INDEX "ticket_company_id_priority_id_idx" ON "ticket"("company_id", "priority", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_updated_at_id_idx" ON "ticket"("company_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "ticket_company_id_sla_state_id_idx" ON "ticket"("company_id", "sla_state", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_company_id_number_key" ON "ticket"("company_id", "number");

-- CreateIndex
CREATE INDEX "ticket_stage_period_company_id_stage_id_idx" ON "ticket_stage_period"("company_id", "stage_id");

-- CreateIndex
CREATE INDEX "message_company_id_ticket_id_id_idx" ON "message"("company_id", "ticket_id", "id");

-- CreateIndex
CREATE INDEX "message_company_id_user_id_idx" ON "message"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "message_company_id_contact_id_idx" ON "message"("company_id", "contact_id");

-- CreateIndex
CREATE INDEX "ticket_follower_company_id_user_id_idx" ON "ticket_follower"("company_id", "user_id");

-- CreateIndex
CREATE INDEX "ticket_follower_company_id_contact_id_idx" ON "ticket_follower"("company_id", "contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_follower_company_id_ticket_id_user_id_key" ON "ticket_follower"("company_id", "ticket_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_follower_company_id_ticket_id_contact_id_key" ON "ticket_follower"("company_id", "ticket_id", "contact_id");

-- CreateIndex
CREATE INDEX "sla_policy_company_id_team_id_id_idx" ON "sla_policy"("company_id", "team_id", "id");

-- CreateIndex
CREATE INDEX "sla_policy_company_id_name_id_idx" ON "sla_policy"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "sla_policy_version_company_id_target_stage_id_idx" ON "sla_policy_version"("company_id", "target_stage_id");

-- CreateIndex
CREATE INDEX "sla_clock_company_id_policy_id_policy_version_idx" ON "sla_clock"("company_id", "policy_id", "policy_version");

-- CreateIndex
CREATE INDEX "sla_clock_company_id_calendar_id_calendar_version_idx" ON "sla_clock"("company_id", "calendar_id", "calendar_version");

-- CreateIndex
CREATE UNIQUE INDEX "sla_clock_company_id_ticket_id_policy_id_cycle_key" ON "sla_clock"("company_id", "ticket_id", "policy_id", "cycle");

-- CreateIndex
CREATE INDEX "project_company_id_contact_id_idx" ON "project"("company_id", "contact_id");

-- CreateIndex
CREATE INDEX "project_company_id_name_id_idx" ON "project"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "timesheet_entry_company_id_ticket_id_id_idx" ON "timesheet_entry"("company_id", "ticket_id", "id");

-- CreateIndex
CREATE INDEX "timesheet_entry_company_id_project_id_id_idx" ON "timesheet_entry"("company_id", "project_id", "id");

-- CreateIndex
CREATE INDEX "timesheet_entry_company_id_employee_id_id_idx" ON "timesheet_entry"("company_id", "employee_id", "id");

-- CreateIndex
CREATE INDEX "timesheet_entry_company_id_sale_order_line_id_id_idx" ON "timesheet_entry"("company_id", "sale_order_line_id", "id");

-- CreateIndex
CREATE INDEX "timesheet_entry_company_id_date_id_idx" ON "timesheet_entry"("company_id", "date", "id");

-- CreateIndex
CREATE INDEX "slice_company_id_sale_order_line_id_fate_date_idx" ON "slice"("company_id", "sale_order_line_id", "fate", "date");

-- CreateIndex
CREATE INDEX "slice_company_id_invoice_line_id_idx" ON "slice"("company_id", "invoice_line_id");

-- CreateIndex
CREATE UNIQUE INDEX "slice_company_id_entry_id_from_minute_key" ON "slice"("company_id", "entry_id", "from_minute");

-- CreateIndex
CREATE INDEX "product_company_id_name_id_idx" ON "product"("company_id", "name", "id");

-- CreateIndex
CREATE INDEX "sale_order_company_id_contact_id_id_idx" ON "sale_order"("company_id", "contact_id", "id");

-- CreateIndex
CREATE INDEX "sale_order_company_id_status_id_idx" ON "sale_order"("company_id", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "sale_order_company_id_number_key" ON "sale_order"("company_id", "number");

-- CreateIndex
CREATE INDEX "sale_order_line_company_id_product_id_idx" ON "sale_order_line"("company_id", "product_id");

-- CreateIndex
CREATE UNIQUE INDEX "sale_order_line_company_id_order_id_position_key" ON "sale_order_line"("company_id", "order_id", "position");

-- CreateIndex
CREATE INDEX "invoice_run_company_id_status_id_idx" ON "invoice_run"("company_id", "status", "id");

-- CreateIndex
CREATE INDEX "invoice_run_order_company_id_sale_order_id_idx" ON "invoice_run_order"("company_id", "sale_order_id");

-- CreateIndex
CREATE UNIQUE INDEX "invoice_run_order_company_id_invoice_id_key" ON "invoice_run_order"("company_id", "invoice_id");

-- CreateIndex
CREATE INDEX "invoice_company_id_sale_order_id_id_idx" ON "invoice"("company_id", "sale_order_id", "id");

-- CreateIndex
CREATE INDEX "invoice_company_id_contact_id_id_idx" ON "invoice"("company_id", "contact_id", "id");

-- CreateIndex
CREATE INDEX "invoice_company_id_status_id_idx" ON "invoice"("company_id", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invoice_company_id_number_key" ON "invoice"("company_id", "number");

-- CreateIndex
CREATE INDEX "invoice_line_company_id_sale_order_line_id_idx" ON "invoice_line"("company_id", "sale_order_line_id");

-- CreateIndex
CREATE UNIQUE INDEX "invoice_line_company_id_invoice_id_position_key" ON "invoice_line"("company_id", "invoice_id", "position");

-- CreateIndex
CREATE INDEX "payment_company_id_invoice_id_id_idx" ON "payment"("company_id", "invoice_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "payment_company_id_invoice_id_reference_key" ON "payment"("company_id", "invoice_id", "reference");

-- CreateIndex
CREATE INDEX "event_company_id_transaction_id_position_idx" ON "event"("company_id", "transaction_id", "position");

-- CreateIndex
CREATE INDEX "event_company_id_ticket_id_position_idx" ON "event"("company_id", "ticket_id", "position");

-- CreateIndex
CREATE INDEX "event_company_id_subject_id_position_idx" ON "event"("company_id", "subject_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "event_company_id_id_key" ON "event"("company_id", "id");

-- CreateIndex
CREATE INDEX "job_due_at_position_idx" ON "job"("due_at", "position");

-- CreateIndex
CREATE INDEX "job_company_id_ticket_id_position_idx" ON "job"("company_id", "ticket_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "job_company_id_id_key" ON "job"("company_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "employee" ADD CONSTRAINT "employee_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "employee" ADD CONSTRAINT "employee_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "employee" ADD CONSTRAINT "employee_company_id_calendar_id_fkey" FOREIGN KEY ("company_id", "calendar_id") REFERENCES "calendar"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact" ADD CONSTRAINT "contact_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact" ADD CONSTRAINT "contact_company_id_organisation_id_fkey" FOREIGN KEY ("company_id", "organisation_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar" ADD CONSTRAINT "calendar_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar_version" ADD CONSTRAINT "calendar_version_company_id_calendar_id_fkey" FOREIGN KEY ("company_id", "calendar_id") REFERENCES "calendar"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar_interval" ADD CONSTRAINT "calendar_interval_company_id_calendar_id_version_fkey" FOREIGN KEY ("company_id", "calendar_id", "version") REFERENCES "calendar_version"("company_id", "calendar_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar_exception" ADD CONSTRAINT "calendar_exception_company_id_calendar_id_version_fkey" FOREIGN KEY ("company_id", "calendar_id", "version") REFERENCES "calendar_version"("company_id", "calendar_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team" ADD CONSTRAINT "team_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team" ADD CONSTRAINT "team_company_id_calendar_id_fkey" FOREIGN KEY ("company_id", "calendar_id") REFERENCES "calendar"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team" ADD CONSTRAINT "team_company_id_project_id_fkey" FOREIGN KEY ("company_id", "project_id") REFERENCES "project"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_company_id_team_id_fkey" FOREIGN KEY ("company_id", "team_id") REFERENCES "team"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_follower" ADD CONSTRAINT "team_follower_company_id_team_id_fkey" FOREIGN KEY ("company_id", "team_id") REFERENCES "team"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_follower" ADD CONSTRAINT "team_follower_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_follower" ADD CONSTRAINT "team_follower_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage" ADD CONSTRAINT "stage_company_id_team_id_fkey" FOREIGN KEY ("company_id", "team_id") REFERENCES "team"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_team_id_fkey" FOREIGN KEY ("company_id", "team_id") REFERENCES "team"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_team_id_stage_id_fkey" FOREIGN KEY ("company_id", "team_id", "stage_id") REFERENCES "stage"("company_id", "team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_assignee_id_fkey" FOREIGN KEY ("company_id", "assignee_id") REFERENCES "user_account"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_company_id_sale_order_line_id_fkey" FOREIGN KEY ("company_id", "sale_order_line_id") REFERENCES "sale_order_line"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_stage_period" ADD CONSTRAINT "ticket_stage_period_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_stage_period" ADD CONSTRAINT "ticket_stage_period_company_id_stage_id_fkey" FOREIGN KEY ("company_id", "stage_id") REFERENCES "stage"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_follower" ADD CONSTRAINT "ticket_follower_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_follower" ADD CONSTRAINT "ticket_follower_company_id_user_id_fkey" FOREIGN KEY ("company_id", "user_id") REFERENCES "user_account"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_follower" ADD CONSTRAINT "ticket_follower_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_policy" ADD CONSTRAINT "sla_policy_company_id_team_id_fkey" FOREIGN KEY ("company_id", "team_id") REFERENCES "team"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_policy_version" ADD CONSTRAINT "sla_policy_version_company_id_policy_id_fkey" FOREIGN KEY ("company_id", "policy_id") REFERENCES "sla_policy"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_policy_version" ADD CONSTRAINT "sla_policy_version_company_id_target_stage_id_fkey" FOREIGN KEY ("company_id", "target_stage_id") REFERENCES "stage"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_company_id_policy_id_policy_version_fkey" FOREIGN KEY ("company_id", "policy_id", "policy_version") REFERENCES "sla_policy_version"("company_id", "policy_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_company_id_calendar_id_calendar_version_fkey" FOREIGN KEY ("company_id", "calendar_id", "calendar_version") REFERENCES "calendar_version"("company_id", "calendar_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sla_clock_change" ADD CONSTRAINT "sla_clock_change_company_id_clock_id_fkey" FOREIGN KEY ("company_id", "clock_id") REFERENCES "sla_clock"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project" ADD CONSTRAINT "project_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project" ADD CONSTRAINT "project_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_company_id_project_id_fkey" FOREIGN KEY ("company_id", "project_id") REFERENCES "project"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_company_id_employee_id_fkey" FOREIGN KEY ("company_id", "employee_id") REFERENCES "employee"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_company_id_sale_order_line_id_fkey" FOREIGN KEY ("company_id", "sale_order_line_id") REFERENCES "sale_order_line"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "slice" ADD CONSTRAINT "slice_company_id_entry_id_fkey" FOREIGN KEY ("company_id", "entry_id") REFERENCES "timesheet_entry"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "slice" ADD CONSTRAINT "slice_company_id_sale_order_line_id_fkey" FOREIGN KEY ("company_id", "sale_order_line_id") REFERENCES "sale_order_line"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "slice" ADD CONSTRAINT "slice_company_id_invoice_line_id_fkey" FOREIGN KEY ("company_id", "invoice_line_id") REFERENCES "invoice_line"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "product" ADD CONSTRAINT "product_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sale_order" ADD CONSTRAINT "sale_order_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sale_order" ADD CONSTRAINT "sale_order_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sale_order_line" ADD CONSTRAINT "sale_order_line_company_id_order_id_fkey" FOREIGN KEY ("company_id", "order_id") REFERENCES "sale_order"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sale_order_line" ADD CONSTRAINT "sale_order_line_company_id_product_id_fkey" FOREIGN KEY ("company_id", "product_id") REFERENCES "product"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_run" ADD CONSTRAINT "invoice_run_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_run_order" ADD CONSTRAINT "invoice_run_order_company_id_run_id_fkey" FOREIGN KEY ("company_id", "run_id") REFERENCES "invoice_run"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_run_order" ADD CONSTRAINT "invoice_run_order_company_id_sale_order_id_fkey" FOREIGN KEY ("company_id", "sale_order_id") REFERENCES "sale_order"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_run_order" ADD CONSTRAINT "invoice_run_order_company_id_invoice_id_fkey" FOREIGN KEY ("company_id", "invoice_id") REFERENCES "invoice"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_company_id_sale_order_id_fkey" FOREIGN KEY ("company_id", "sale_order_id") REFERENCES "sale_order"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_company_id_contact_id_fkey" FOREIGN KEY ("company_id", "contact_id") REFERENCES "contact"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_line" ADD CONSTRAINT "invoice_line_company_id_invoice_id_fkey" FOREIGN KEY ("company_id", "invoice_id") REFERENCES "invoice"("company_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_line" ADD CONSTRAINT "invoice_line_company_id_sale_order_line_id_fkey" FOREIGN KEY ("company_id", "sale_order_line_id") REFERENCES "sale_order_line"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_number_counter" ADD CONSTRAINT "invoice_number_counter_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment" ADD CONSTRAINT "payment_company_id_invoice_id_fkey" FOREIGN KEY ("company_id", "invoice_id") REFERENCES "invoice"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job" ADD CONSTRAINT "job_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job" ADD CONSTRAINT "job_company_id_ticket_id_fkey" FOREIGN KEY ("company_id", "ticket_id") REFERENCES "ticket"("company_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- ---------------------------------------------------------------- what Prisma cannot express
-- Value sets, exclusions, append-only tables and derived numbers are kept by the database itself, so that
-- no code path, script or operator can store what the rules in spec.md forbid.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- A login names an account by its address alone, so an address is one account over all companies.
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account" (lower("email"));
ALTER TABLE "user_account"
  ADD CONSTRAINT "user_account_role_check" CHECK ("role" IN ('admin', 'manager', 'agent', 'finance'));

ALTER TABLE "contact"
  ADD CONSTRAINT "contact_kind_check" CHECK ("kind" IN ('person', 'organisation')),
  ADD CONSTRAINT "contact_organisation_check" CHECK ("kind" = 'person' OR "organisation_id" IS NULL);

-- An address is one person of a company: mail and tickets find their contact by it.
CREATE UNIQUE INDEX "contact_person_email_key" ON "contact" ("company_id", "email") WHERE "kind" = 'person' AND "email" IS NOT NULL;

ALTER TABLE "employee" ADD CONSTRAINT "employee_hourly_cost_check" CHECK ("hourly_cost_minor" >= 0);

ALTER TABLE "calendar_interval"
  ADD CONSTRAINT "calendar_interval_weekday_check" CHECK ("weekday" BETWEEN 1 AND 7),
  ADD CONSTRAINT "calendar_interval_minutes_check" CHECK ("from_minute" BETWEEN 0 AND 1439 AND "to_minute" BETWEEN 0 AND 1440),
  ADD CONSTRAINT "calendar_interval_week_check" CHECK ("week" >= 0);

ALTER TABLE "team" ADD CONSTRAINT "team_visibility_check" CHECK ("visibility" IN ('private', 'internal', 'portal'));
ALTER TABLE "team" ADD CONSTRAINT "team_timesheets_project_check" CHECK (NOT "timesheets_enabled" OR "project_id" IS NOT NULL);
ALTER TABLE "team_follower" ADD CONSTRAINT "team_follower_one_check" CHECK (num_nonnulls("user_id", "contact_id") = 1);
ALTER TABLE "ticket_follower" ADD CONSTRAINT "ticket_follower_one_check" CHECK (num_nonnulls("user_id", "contact_id") = 1);

ALTER TABLE "stage"
  ADD CONSTRAINT "stage_category_check" CHECK ("category" IN ('open', 'paused', 'closed')),
  ADD CONSTRAINT "stage_cancels_check" CHECK (NOT "cancels" OR "category" = 'closed'),
  -- Deferred, so that a new order of stages can be written one stage after the other.
  ADD CONSTRAINT "stage_position_key" UNIQUE ("company_id", "team_id", "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE "ticket"
  ADD CONSTRAINT "ticket_priority_check" CHECK ("priority" BETWEEN 0 AND 3),
  ADD CONSTRAINT "ticket_sla_state_check" CHECK ("sla_state" IN ('none', 'on_track', 'at_risk', 'breached', 'paused', 'reached'));
-- The list sorted by deadline; tickets without one come last.
CREATE INDEX "ticket_deadline_idx" ON "ticket" ("company_id", (coalesce("next_deadline", 'infinity'::timestamptz)), "id");
-- What a due timer or the reconcile sweep looks for.
CREATE INDEX "ticket_wake_idx" ON "ticket" ("next_wake_at") WHERE "next_wake_at" IS NOT NULL;
-- The board: cards of a stage in order, and their exact count from the index alone.
CREATE INDEX "ticket_board_idx" ON "ticket" ("company_id", "team_id", "stage_id", "priority" DESC, "id" DESC) WHERE "archived_at" IS NULL;
-- What a team finished lately.
CREATE INDEX "ticket_closed_idx" ON "ticket" ("company_id", "team_id", "closed_at") WHERE "closed_at" IS NOT NULL;
CREATE INDEX "ticket_open_idx" ON "ticket" ("company_id", "id") WHERE "closed_at" IS NULL AND "archived_at" IS NULL;

ALTER TABLE "ticket_stage_period" ADD CONSTRAINT "ticket_stage_period_order_check" CHECK ("left_at" IS NULL OR "left_at" >= "entered_at");
CREATE UNIQUE INDEX "ticket_stage_period_open_key" ON "ticket_stage_period" ("company_id", "ticket_id") WHERE "left_at" IS NULL;

ALTER TABLE "message"
  ADD CONSTRAINT "message_format_check" CHECK ("format" IN ('text', 'html')),
  ADD CONSTRAINT "message_author_check" CHECK (num_nonnulls("user_id", "contact_id") = 1);

ALTER TABLE "sla_policy_version"
  ADD CONSTRAINT "sla_policy_version_target_check" CHECK ("target_kind" = 'reach_stage' AND "target_minutes" > 0),
  ADD CONSTRAINT "sla_policy_version_warn_check" CHECK ("warn_at_percent" BETWEEN 1 AND 99),
  ADD CONSTRAINT "sla_policy_version_reopen_check" CHECK ("on_reopen" IN ('resume', 'restart'));

ALTER TABLE "sla_clock"
  ADD CONSTRAINT "sla_clock_status_check" CHECK ("status" IN ('running', 'paused', 'reached', 'breached', 'cancelled')),
  ADD CONSTRAINT "sla_clock_paused_check" CHECK ("status" <> 'paused' OR "deadline" IS NULL),
  ADD CONSTRAINT "sla_clock_breached_check" CHECK (("breached_at" IS NULL) = ("observed_at" IS NULL) AND ("status" <> 'breached' OR "breached_at" IS NOT NULL));

ALTER TABLE "product"
  ADD CONSTRAINT "product_kind_check" CHECK ("kind" IN ('service', 'goods')),
  ADD CONSTRAINT "product_invoicing_check" CHECK ("invoicing" IN ('prepaid', 'time_and_materials')),
  ADD CONSTRAINT "product_unit_check" CHECK ("unit" IN ('hour', 'day', 'piece')),
  ADD CONSTRAINT "product_price_check" CHECK ("unit_price_minor" >= 0);

ALTER TABLE "sale_order"
  ADD CONSTRAINT "sale_order_status_check" CHECK ("status" IN ('draft', 'confirmed', 'cancelled')),
  ADD CONSTRAINT "sale_order_confirmed_check" CHECK ("status" <> 'confirmed' OR "confirmed_at" IS NOT NULL);

ALTER TABLE "sale_order_line"
  ADD CONSTRAINT "sale_order_line_invoicing_check" CHECK ("invoicing" IN ('prepaid', 'time_and_materials')),
  ADD CONSTRAINT "sale_order_line_unit_check" CHECK ("unit" IN ('hour', 'day', 'piece')),
  ADD CONSTRAINT "sale_order_line_quantity_check" CHECK (
    ("unit" = 'piece' AND "quantity" > 0 AND "ordered_minutes" IS NULL)
    OR ("unit" <> 'piece' AND "quantity" IS NULL AND ("ordered_minutes" > 0 OR ("invoicing" = 'time_and_materials' AND "ordered_minutes" IS NULL)))),
  ADD CONSTRAINT "sale_order_line_delivered_check" CHECK ("delivered_minutes" >= 0),
  ADD CONSTRAINT "sale_order_line_price_check" CHECK ("unit_price_minor" >= 0);

ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_minutes_check" CHECK ("minutes" BETWEEN 1 AND 1440);
ALTER TABLE "timesheet_entry" ADD CONSTRAINT "timesheet_entry_applied_check" CHECK ("applied_version" BETWEEN 0 AND "version");
CREATE INDEX "timesheet_entry_pending_idx" ON "timesheet_entry" ("created_at") WHERE "applied_version" < "version";

ALTER TABLE "slice"
  ADD CONSTRAINT "slice_fate_check" CHECK ("fate" IN ('unbilled', 'reserved', 'invoiced', 'credited', 'written_off', 'non_billable')),
  ADD CONSTRAINT "slice_minutes_check" CHECK ("from_minute" >= 0 AND "to_minute" > "from_minute"),
  ADD CONSTRAINT "slice_invoice_line_check" CHECK ("fate" <> 'invoiced' OR "invoice_line_id" IS NOT NULL),
  ADD CONSTRAINT "slice_line_check" CHECK ("fate" = 'non_billable' OR "sale_order_line_id" IS NOT NULL),
  ADD CONSTRAINT "slice_overlap_exclusion" EXCLUDE USING gist (
    "company_id" WITH =, "entry_id" WITH =, int4range("from_minute", "to_minute") WITH &&);

ALTER TABLE "invoice_run" ADD CONSTRAINT "invoice_run_status_check" CHECK ("status" IN ('pending', 'running', 'completed', 'cancelled'));
ALTER TABLE "invoice_run_order" ADD CONSTRAINT "invoice_run_order_status_check" CHECK ("status" IN ('pending', 'invoiced', 'nothing_to_invoice', 'refused', 'cancelled'));

ALTER TABLE "invoice"
  ADD CONSTRAINT "invoice_status_check" CHECK ("status" IN ('draft', 'posted', 'paid')),
  ADD CONSTRAINT "invoice_number_check" CHECK (("status" = 'draft') = ("number" IS NULL)),
  ADD CONSTRAINT "invoice_total_check" CHECK ("total_minor" >= 0 AND "paid_minor" BETWEEN 0 AND "total_minor"),
  ADD CONSTRAINT "invoice_paid_check" CHECK ("status" <> 'paid' OR "paid_minor" = "total_minor");
ALTER TABLE "invoice_line"
  ADD CONSTRAINT "invoice_line_quantity_check" CHECK (num_nonnulls("quantity_minutes", "quantity") = 1),
  ADD CONSTRAINT "invoice_line_amount_check" CHECK ("amount_minor" >= 0 AND "unit_price_minor" >= 0);
ALTER TABLE "payment" ADD CONSTRAINT "payment_amount_check" CHECK ("amount_minor" > 0);

ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_status_check" CHECK ("status" IN ('pending', 'applied', 'refused'));

-- Events are written once and stay: nobody edits the past.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "event_append_only" BEFORE UPDATE OR DELETE ON "event" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "event_keep" BEFORE TRUNCATE ON "event" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "calendar_version_keep" BEFORE UPDATE OR DELETE ON "calendar_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "sla_policy_version_keep" BEFORE UPDATE OR DELETE ON "sla_policy_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "sla_clock_change_keep" BEFORE UPDATE OR DELETE ON "sla_clock_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A posted invoice's number and lines are final (spec.md §9).
CREATE FUNCTION keep_posted_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."status" <> 'draft' AND (TG_OP = 'DELETE' OR NEW."number" IS DISTINCT FROM OLD."number" OR NEW."total_minor" <> OLD."total_minor" OR NEW."status" = 'draft') THEN
    RAISE EXCEPTION 'a posted invoice is final' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER "invoice_posted_keep" BEFORE UPDATE OR DELETE ON "invoice" FOR EACH ROW EXECUTE FUNCTION keep_posted_invoice();

CREATE FUNCTION keep_posted_invoice_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held "invoice_line" := coalesce(OLD, NEW);
BEGIN
  IF EXISTS (SELECT 1 FROM "invoice" WHERE "company_id" = held."company_id" AND "id" = held."invoice_id" AND "status" <> 'draft') THEN
    RAISE EXCEPTION 'the lines of a posted invoice are final' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER "invoice_line_posted_keep" BEFORE INSERT OR UPDATE OR DELETE ON "invoice_line" FOR EACH ROW EXECUTE FUNCTION keep_posted_invoice_line();

-- The slices of an applied entry cover its minutes exactly: each minute has one fate (spec.md §9).
CREATE FUNCTION check_entry_slices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  company text; entry text; expected integer; found integer;
BEGIN
  IF TG_TABLE_NAME = 'slice' THEN
    company := coalesce(NEW."company_id", OLD."company_id"); entry := coalesce(NEW."entry_id", OLD."entry_id");
  ELSE
    company := NEW."company_id"; entry := NEW."id";
  END IF;
  SELECT CASE WHEN e."deleted_at" IS NULL THEN e."minutes" ELSE 0 END INTO expected
    FROM "timesheet_entry" e WHERE e."company_id" = company AND e."id" = entry AND e."applied_version" = e."version";
  IF expected IS NULL THEN RETURN NULL; END IF;
  SELECT coalesce(sum("to_minute" - "from_minute"), 0) INTO found FROM "slice" WHERE "company_id" = company AND "entry_id" = entry;
  IF found <> expected THEN
    RAISE EXCEPTION 'entry % has % minutes but slices for %', entry, expected, found USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "slice_cover_entry" AFTER INSERT OR UPDATE OR DELETE ON "slice"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_slices();
CREATE CONSTRAINT TRIGGER "timesheet_entry_covered" AFTER UPDATE ON "timesheet_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW."applied_version" = NEW."version") EXECUTE FUNCTION check_entry_slices();

-- Human numbers of tickets and orders: a sequence per company, so that creating is never serialised on a row.
CREATE FUNCTION create_company_sequences() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE SEQUENCE %I', 'ticket_number_' || NEW."id");
  EXECUTE format('CREATE SEQUENCE %I', 'sale_order_number_' || NEW."id");
  RETURN NEW;
END $$;
CREATE TRIGGER "company_sequences" AFTER INSERT ON "company" FOR EACH ROW EXECUTE FUNCTION create_company_sequences();

-- team.configuration_version: creating a ticket computes its deadline from a cached configuration and names
-- the version it used; the insert finds no team when anything it depends on has changed since.
CREATE FUNCTION raise_team_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."calendar_id" <> OLD."calendar_id" OR NEW."sla_enabled" <> OLD."sla_enabled"
     OR NEW."timesheets_enabled" <> OLD."timesheets_enabled" OR NEW."time_billing_enabled" <> OLD."time_billing_enabled"
     OR NEW."visibility" <> OLD."visibility" THEN
    NEW."configuration_version" := OLD."configuration_version" + 1;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "team_configuration" BEFORE UPDATE ON "team" FOR EACH ROW EXECUTE FUNCTION raise_team_configuration();

CREATE FUNCTION raise_configuration_of_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "team" SET "configuration_version" = "configuration_version" + 1
    WHERE "company_id" = coalesce(NEW."company_id", OLD."company_id") AND "id" = coalesce(NEW."team_id", OLD."team_id");
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER "stage_configuration" AFTER INSERT OR UPDATE OR DELETE ON "stage" FOR EACH ROW EXECUTE FUNCTION raise_configuration_of_team();
CREATE TRIGGER "sla_policy_configuration" AFTER INSERT OR UPDATE OR DELETE ON "sla_policy" FOR EACH ROW EXECUTE FUNCTION raise_configuration_of_team();

CREATE FUNCTION raise_configuration_of_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "team" SET "configuration_version" = "configuration_version" + 1
    WHERE "company_id" = NEW."company_id" AND "calendar_id" = NEW."id";
  RETURN NEW;
END $$;
CREATE TRIGGER "calendar_configuration" AFTER UPDATE ON "calendar" FOR EACH ROW
  WHEN (NEW."current_version" <> OLD."current_version") EXECUTE FUNCTION raise_configuration_of_calendar();

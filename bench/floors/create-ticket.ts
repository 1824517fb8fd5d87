import { randomUUID } from 'node:crypto';
import type { TicketFacts } from '../create-ticket';
import { floorFacts, floorPool, serveFloor } from './serve';

/**
 * The floor of a ticket's creation: the same rows in the same tables (ticket, stage period, clock, its first change,
 * events, job, idempotency key), with the values ready beforehand, in one named statement. It knows nobody, checks
 * nothing and computes no deadline.
 */
const facts = floorFacts<TicketFacts>();
const pool = floorPool();

const text = `WITH created AS (
    INSERT INTO ticket (company_id, id, number, team_id, stage_id, subject, description, priority, channel, contact_id,
      sale_order_line_id, sla_state, next_deadline, next_wake_at, created_at, updated_at)
    VALUES ($1, $2, nextval($3::text::regclass), $4, $5, $6, $7, 1, 'api', $8, $9, 'on_track', $10, $10, $11, $11)
    RETURNING number
  ), period AS (
    INSERT INTO ticket_stage_period (company_id, ticket_id, sequence, stage_id, entered_at, entered_by)
    VALUES ($1, $2, 1, $5, $11, $12)
  ), clock AS (
    INSERT INTO sla_clock (company_id, id, ticket_id, policy_id, policy_version, cycle, calendar_id, calendar_version,
      time_zone_data, status, started_at, target_minutes, remaining_ms, deadline, at_risk_at, updated_at)
    VALUES ($1, $13, $2, $14, 1, 1, $15, 1, '2025b', 'running', $11, 480, 28800000, $10, $10, $11)
  ), clock_change AS (
    INSERT INTO sla_clock_change (company_id, clock_id, sequence, cause, actor, status_after, deadline_after, created_at)
    VALUES ($1, $13, 1, 'ticket_created', $12, 'running', $10, $11)
  ), audit AS (
    INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after, command_id, request_id, created_at)
    VALUES ($1, $16, 'ticket.created', $2, $2, $12, $17, $18, $19, $11),
      ($1, $22, 'sla_clock.started', $13, $2, $12, $23, $18, $19, $11)
  ), outbox AS (
    INSERT INTO job (company_id, id, ticket_id, kind, reference) VALUES ($1, $20, $2, 'ticket_created', '{}')
  ), command AS (
    INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result)
    VALUES ($1, $18, $21, 'applied', $2, $17)
  )
  SELECT number FROM created`;

interface TicketBody {
  readonly teamId: string;
  readonly subject: string;
  readonly description: string;
  readonly contactId: string;
  readonly saleOrderLineId: string;
}

serveFloor(201, async (bytes, request) => {
  const body = JSON.parse(bytes.toString()) as TicketBody;
  const createdAt = new Date().toISOString();
  const clockId = `clk_${randomUUID()}`;
  const deadline = new Date(Date.now() + 8 * 3_600_000).toISOString();
  const id = `tkt_${randomUUID()}`;
  const ticket = {
    id,
    ...body,
    stageId: facts.stageId,
    stageCategory: 'new',
    priority: 'medium',
    channel: 'api',
    assigneeId: null,
    slaState: 'on_track',
    nextDeadline: deadline,
    closedAt: null,
    archivedAt: null,
    version: 1,
    createdAt,
    updatedAt: createdAt,
  };
  const { rows } = await pool.query<{ number: string }>({
    name: 'create_ticket',
    text,
    values: [
      facts.companyId,
      id,
      `ticket_number_${facts.companyId}`,
      body.teamId,
      facts.stageId,
      body.subject,
      body.description,
      body.contactId,
      body.saleOrderLineId,
      deadline,
      createdAt,
      facts.actor,
      clockId,
      facts.policyId,
      facts.calendarId,
      `evt_${randomUUID()}`,
      JSON.stringify(ticket),
      request.headers['idempotency-key'],
      randomUUID(),
      `job_${randomUUID()}`,
      'fingerprint',
      `evt_${randomUUID()}`,
      JSON.stringify({ policyId: facts.policyId, deadline, status: 'running' }),
    ],
  });
  const number = Number(rows[0]?.number);
  return { ...ticket, number, reference: `#${String(number).padStart(5, '0')}` };
});

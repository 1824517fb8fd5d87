import { randomUUID } from 'node:crypto';
import type { TimeFacts } from '../log-time';
import { floorFacts, floorPool, serveFloor } from './serve';

/**
 * The floor of logging time: the same rows (entry, event, job, idempotency key) with the values ready beforehand, in
 * one named statement. It does not ask whether the ticket, the employee or the order line may be used.
 */
const facts = floorFacts<TimeFacts>();
const pool = floorPool();

const text = `WITH entry AS (
    INSERT INTO timesheet_entry (company_id, id, ticket_id, project_id, employee_id, date, minutes, description,
      billable, sale_order_line_id, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10, $10)
  ), audit AS (
    INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after, command_id, request_id, created_at)
    VALUES ($1, $11, 'timesheet.logged', $2, $3, $12, $13, $14, $15, $10)
  ), outbox AS (
    INSERT INTO job (company_id, id, ticket_id, kind, reference) VALUES ($1, $16, $3, 'timesheet_changed', $17)
  )
  INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result)
    VALUES ($1, $14, $18, 'applied', $3, $13)`;

interface TimeBody {
  readonly ticketId: string;
  readonly date: string;
  readonly minutes: number;
  readonly description: string;
}

serveFloor(201, async (bytes, request) => {
  const body = JSON.parse(bytes.toString()) as TimeBody;
  const createdAt = new Date().toISOString();
  const id = `tse_${randomUUID()}`;
  const entry = {
    id,
    projectId: facts.projectId,
    employeeId: facts.employeeId,
    ...body,
    billable: true,
    saleOrderLineId: facts.saleOrderLineId,
    billing: { state: 'pending', slices: [] },
    deletedAt: null,
    version: 1,
    createdAt,
    updatedAt: createdAt,
  };
  await pool.query({
    name: 'log_time',
    text,
    values: [
      facts.companyId,
      id,
      body.ticketId,
      facts.projectId,
      facts.employeeId,
      body.date,
      body.minutes,
      body.description,
      facts.saleOrderLineId,
      createdAt,
      `evt_${randomUUID()}`,
      facts.actor,
      JSON.stringify(entry),
      request.headers['idempotency-key'],
      randomUUID(),
      `job_${randomUUID()}`,
      JSON.stringify({ entryId: id, version: 1 }),
      'fingerprint',
    ],
  });
  return entry;
});

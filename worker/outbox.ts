import type pg from 'pg';
import type { Fact } from '../workflows/ticket/messages';

/** From which end of the outbox a ticket was taken. */
export type OutboxEnd = 'oldest' | 'newest';

export interface WaitingJob {
  readonly position: number;
  readonly companyId: string;
  readonly id: string;
  readonly ticketId: string;
  readonly kind: Fact['kind'];
  readonly reference: Fact['reference'];
  /** Of the ticket. */
  readonly number: number;
  readonly teamId: string;
  readonly priority: number;
  /** Since the job was committed, when it was taken. */
  readonly waitedMs: number;
}

/** A ticket with jobs that wait, oldest first; there is at least one. */
export interface WaitingTicket {
  readonly end: OutboxEnd;
  readonly jobs: readonly [WaitingJob, ...WaitingJob[]];
}

type JobRow = WaitingJob & { readonly end: OutboxEnd };

/** More than these go with the ticket's next delivery: a signal must not grow without bound. */
const mostJobsOfTicket = 100;

/** One index look-up for each row that is met, whatever waits beside it: a ticket's first or last job. */
const jobOfTicket = (column: string, order: 'ASC' | 'DESC'): string =>
  `(SELECT e.${column} FROM job e WHERE e.company_id = j.company_id AND e.ticket_id = j.ticket_id
      ORDER BY e.position ${order} LIMIT 1)`;

/**
 * Tickets from both ends of the outbox: those whose first job has waited longest, and those whose last job came
 * last, so that after an outage nobody new waits behind all that is old. A ticket is taken whole and in order from
 * either end, and only when its first job is due: what was postponed holds back what came after it.
 */
export const waitingTicketsText = `WITH oldest AS (
    SELECT j.company_id, j.ticket_id FROM job j
    WHERE j.due_at <= now() AND NOT j.ticket_id = ANY($1) AND j.position = ${jobOfTicket('position', 'ASC')}
    ORDER BY j.due_at, j.position LIMIT $2
  ), newest AS (
    SELECT j.company_id, j.ticket_id FROM job j
    WHERE j.due_at <= now() AND NOT j.ticket_id = ANY($1) AND j.position = ${jobOfTicket('position', 'DESC')}
      AND ${jobOfTicket('due_at', 'ASC')} <= now()
    ORDER BY j.due_at DESC, j.position DESC LIMIT $3
  ), chosen AS (
    SELECT 'oldest' AS "end", * FROM oldest UNION ALL SELECT 'newest', * FROM newest
  )
  SELECT c."end", w.position, w.company_id AS "companyId", w.id, w.ticket_id AS "ticketId", w.kind, w.reference,
    t.number, t.team_id AS "teamId", t.priority,
    greatest(0, extract(epoch FROM now() - w.created_at) * 1000)::int8 AS "waitedMs"
  FROM chosen c JOIN ticket t ON t.company_id = c.company_id AND t.id = c.ticket_id
    CROSS JOIN LATERAL (SELECT * FROM job j WHERE j.company_id = c.company_id AND j.ticket_id = c.ticket_id
      ORDER BY j.position LIMIT ${mostJobsOfTicket}) w`;

/** Waiting tickets that are not among those in flight, so many from each end at most; one at both ends is the oldest's. */
export async function waitingTickets(
  connection: pg.ClientBase,
  inFlight: readonly string[],
  places: Readonly<Record<OutboxEnd, number>>,
): Promise<WaitingTicket[]> {
  const { rows } = await connection.query<JobRow>({
    name: 'waiting_tickets',
    text: waitingTicketsText,
    values: [inFlight, places.oldest, places.newest],
  });
  return byTicket(rows);
}

function byTicket(rows: readonly JobRow[]): WaitingTicket[] {
  const oldestFirst = [...rows].sort((left, right) => left.position - right.position);
  const fromOldest = new Set(rows.filter(({ end }) => end === 'oldest').map(({ ticketId }) => ticketId));
  const grouped = new Map<string, { end: OutboxEnd; jobs: [WaitingJob, ...WaitingJob[]] }>();
  for (const { end, ...job } of oldestFirst) {
    if (end === 'newest' && fromOldest.has(job.ticketId)) continue;
    const known = grouped.get(job.ticketId);
    if (known === undefined) grouped.set(job.ticketId, { end, jobs: [job] });
    else known.jobs.push(job);
  }
  return [...grouped.values()];
}

/** Takes acknowledged jobs out of the outbox. */
export async function forgetJobs(connection: pg.ClientBase, positions: readonly number[]): Promise<void> {
  await connection.query({
    name: 'forget_jobs',
    text: 'DELETE FROM job WHERE position = ANY($1)',
    values: [positions],
  });
}

/** A ticket's later jobs wait with the one that failed, those that come meanwhile too: facts arrive in order. */
export async function postponeJobs(pool: pg.Pool, job: WaitingJob, error: string): Promise<void> {
  await pool.query({
    name: 'postpone_jobs',
    text: `UPDATE job SET attempts = attempts + 1, last_error = $3,
        due_at = now() + make_interval(secs => least(30, 0.2 * power(2, least(attempts, 8))))
      WHERE company_id = $1 AND ticket_id = $2`,
    values: [job.companyId, job.ticketId, error],
  });
}

import type { ReconcileReport } from '../../domain/shared/reconcile-report';
import type { Database } from '../../prisma/client';
import { newId } from '../ids';
import { invoiceFindings } from '../invoicing/invariants';
import { staleInvoiceRuns } from '../invoicing/stale-runs';
import { ledgerFindings, pendingEntries } from '../timesheets/invariants';

/** What the sweep asks of Temporal; the worker answers it. */
export interface WorkflowInventory {
  /** Tickets whose workflow ended in an abnormal way since the instant (terminated, failed, cancelled, timed out). */
  ticketsEndedAbnormally(since: Date): Promise<readonly string[]>;
  countRunningTickets(): Promise<number>;
  /** Every ticket with a running workflow, in pages. */
  runningTickets(): AsyncIterable<string>;
  startInvoiceRun(run: { readonly companyId: string; readonly runId: string }): Promise<void>;
}

export interface SweepOptions {
  readonly database: Database;
  readonly inventory: WorkflowInventory;
  readonly now: Date;
  /** How far back abnormal ends are looked for: a few sweeps, so that one that failed loses none. */
  readonly lookBackSeconds: number;
  /** Whether this sweep also compares every open ticket and verifies the whole ledger. */
  readonly thorough: boolean;
}

/** The relay needs milliseconds; what lies longer than this waits for something. */
const staleSeconds = 60;
/** A deadline this long past without a breach means that its workflow sleeps or is gone. */
const overdueSeconds = 30;
const lostDecisionSeconds = 300;
const keptKeyDays = 30;
const keptSessionDays = 30;
const mostPerSweep = 5_000;
const secondsOfAYear = 31_536_000;

/**
 * Finds what an outage, a terminated workflow or a lost process left behind, and sends it on its way again through
 * the outbox. It writes no record of the business itself: the workflows do, with the same keys as ever, so that a
 * sweep too many changes nothing (spec.md §2).
 */
export async function sweep(options: SweepOptions): Promise<ReconcileReport> {
  const { pool } = options.database;
  const staleJobs = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM job WHERE created_at < now() - make_interval(secs => $1::int)`,
    [staleSeconds],
  );
  const withoutWorkflow = await ticketsWithoutWorkflow(options);
  const overdue = await overdueTickets(options.database);
  const outdated = options.thorough ? await ticketsOfOtherHours(options.database) : [];
  const unbilled = await pendingEntries(pool, { olderThanSeconds: staleSeconds, limit: mostPerSweep });
  await tellTickets(options.database, [
    // What the lost run had been told and not worked off, a new calendar say, is made up for with it.
    ...[...withoutWorkflow, ...outdated].map((ticket) => ({
      ...ticket,
      kind: 'clocks_changed',
      reference: { cause: 'calendar_changed' },
    })),
    ...overdue.map((ticket) => ({ ...ticket, kind: 'clocks_changed', reference: { cause: 'due' } })),
    ...unbilled.map(({ companyId, ticketId, entryId, version }) => ({
      companyId,
      ticketId,
      kind: 'timesheet_changed',
      reference: { entryId, version },
    })),
  ]);
  const runs = await staleInvoiceRuns(pool, staleSeconds);
  for (const run of runs) await options.inventory.startInvoiceRun(run);
  if (options.thorough) await forgetOld(options.database);
  return {
    staleJobs: staleJobs.rows[0]?.count ?? 0,
    ticketsWithoutWorkflow: withoutWorkflow.length,
    overdueClocks: overdue.length,
    outdatedClocks: outdated.length,
    unbilledEntries: unbilled.length,
    staleInvoiceRuns: runs.length,
    lostDecisions: await closeLostDecisions(options.database),
    ledgerFindings: options.thorough ? await countFindings(options.database) : 0,
  };
}

interface TicketKey {
  readonly companyId: string;
  readonly ticketId: string;
}

async function ticketsWithoutWorkflow(options: SweepOptions): Promise<TicketKey[]> {
  const { pool } = options.database;
  const ended = await options.inventory.ticketsEndedAbnormally(
    new Date(options.now.getTime() - options.lookBackSeconds * 1000),
  );
  const { rows } = await pool.query<TicketKey>(
    `SELECT company_id AS "companyId", id AS "ticketId" FROM ticket
     WHERE cardinality($1::text[]) > 0 AND id = ANY($1::text[]) AND closed_at IS NULL AND archived_at IS NULL`,
    [ended],
  );
  const found = new Map(rows.map((ticket) => [ticket.ticketId, ticket]));
  if (options.thorough || (await runsTooFew(options))) {
    const open = new Map(
      (await settledOpenTickets(options.database)).map((ticket) => [ticket.ticketId, ticket]),
    );
    for await (const ticketId of options.inventory.runningTickets()) open.delete(ticketId);
    for (const ticket of open.values()) found.set(ticket.ticketId, ticket);
  }
  return [...found.values()].slice(0, mostPerSweep);
}

/** Counting is cheap on both sides; comparing one by one is done only when the counts say that some are missing. */
async function runsTooFew(options: SweepOptions): Promise<boolean> {
  const [running, { rows }] = await Promise.all([
    options.inventory.countRunningTickets(),
    options.database.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ticket t WHERE closed_at IS NULL AND archived_at IS NULL
        AND created_at < now() - make_interval(secs => $1::int)`,
      [staleSeconds],
    ),
  ]);
  return running < (rows[0]?.count ?? 0);
}

/** Open tickets that have had time to get a workflow and have no job waiting that would start it. */
async function settledOpenTickets({ pool }: Database): Promise<TicketKey[]> {
  const { rows } = await pool.query<TicketKey>(
    `SELECT t.company_id AS "companyId", t.id AS "ticketId" FROM ticket t WHERE t.closed_at IS NULL AND t.archived_at IS NULL
       AND t.updated_at < now() - make_interval(secs => $1::int)
       AND NOT EXISTS (SELECT 1 FROM job j WHERE j.company_id = t.company_id AND j.ticket_id = t.id)`,
    [staleSeconds],
  );
  return rows;
}

async function overdueTickets({ pool }: Database): Promise<TicketKey[]> {
  const { rows } = await pool.query<TicketKey>(
    `SELECT t.company_id AS "companyId", t.id AS "ticketId" FROM ticket t WHERE t.next_wake_at < now() - make_interval(secs => $1::int)
       AND NOT EXISTS (SELECT 1 FROM job j WHERE j.company_id = t.company_id AND j.ticket_id = t.id)
     ORDER BY t.next_wake_at LIMIT $2`,
    [overdueSeconds, mostPerSweep],
  );
  return rows;
}

/**
 * Open tickets with a live clock of other hours than the team's: a decision beside a change of hours reads the old
 * ones and is not seen by who tells the tickets. Nothing is missed by it, but their deadlines are not the right ones.
 */
async function ticketsOfOtherHours({ pool }: Database): Promise<TicketKey[]> {
  const { rows } = await pool.query<TicketKey>(
    `SELECT t.company_id AS "companyId", t.id AS "ticketId" FROM ticket t
       JOIN team m ON m.company_id = t.company_id AND m.id = t.team_id
       JOIN calendar c ON c.company_id = m.company_id AND c.id = m.calendar_id
     WHERE t.closed_at IS NULL AND t.archived_at IS NULL
       AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.company_id = t.company_id AND k.ticket_id = t.id
         AND k.status IN ('running', 'paused') AND (k.calendar_id, k.calendar_version) <> (c.id, c.current_version))
       AND NOT EXISTS (SELECT 1 FROM job j WHERE j.company_id = t.company_id AND j.ticket_id = t.id)
     LIMIT $1`,
    [mostPerSweep],
  );
  return rows;
}

/** Jobs for tickets that have none waiting; the same jobs as ever, so the relay and the workflows need not know. */
async function tellTickets(
  { pool }: Database,
  facts: readonly (TicketKey & { readonly kind: string; readonly reference: object })[],
): Promise<void> {
  if (facts.length === 0) return;
  const records = facts.map((fact) => ({ id: newId('job'), ...fact }));
  await pool.query(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
     SELECT t.company_id, r.id, t.id, r.kind, r.reference
     FROM jsonb_to_recordset($1::jsonb) AS r(id text, "companyId" text, "ticketId" text, kind text, reference jsonb)
     JOIN ticket t ON t.company_id = r."companyId" AND t.id = r."ticketId"
     WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.company_id = t.company_id AND j.ticket_id = t.id)`,
    [JSON.stringify(records)],
  );
}

/**
 * What has served its time is let go: answers kept for requests that come again, logins that ended. A reset makes a
 * ticket's workflow take again what its run was sent, so that the keys of a ticket stay while its workflow may run
 * and as long after it as keys are kept.
 */
async function forgetOld({ pool }: Database): Promise<void> {
  await pool.query(
    `DELETE FROM idempotency_key WHERE (company_id, command_id) IN (SELECT k.company_id, k.command_id FROM idempotency_key k
       WHERE k.created_at < now() - make_interval(days => $1::int) AND NOT EXISTS (SELECT 1 FROM ticket t
         WHERE t.company_id = k.company_id AND t.id = k.ticket_id
           AND (coalesce(greatest(t.closed_at, t.archived_at), 'infinity') > now() - make_interval(days => $1::int)
             OR EXISTS (SELECT 1 FROM timesheet_entry e WHERE e.company_id = t.company_id AND e.ticket_id = t.id
               AND e.applied_version < e.version)))
       ORDER BY k.created_at LIMIT $2)`,
    [keptKeyDays, mostPerSweep],
  );
  await pool.query(
    `DELETE FROM session WHERE (company_id, id) IN (SELECT company_id, id FROM session
       WHERE least(expires_at, revoked_at) < now() - make_interval(days => $1::int) LIMIT $2)`,
    [keptSessionDays, mostPerSweep],
  );
}

/** A decision that no workflow ever took says so from now on, and is not taken any more under its key. */
async function closeLostDecisions({ pool }: Database): Promise<number> {
  const refusal = {
    code: 'decision_lost',
    message:
      'The decision was never taken and nothing was changed; send it again with a new Idempotency-Key.',
    details: {},
  };
  const { rowCount } = await pool.query(
    `UPDATE idempotency_key SET status = 'refused', result = $2::jsonb
     WHERE status = 'pending' AND created_at < now() - make_interval(secs => $1::int)`,
    [lostDecisionSeconds, JSON.stringify(refusal)],
  );
  return rowCount ?? 0;
}

async function countFindings({ pool }: Database): Promise<number> {
  // Entries that only wait for the ledger are counted, and sent on, as unbilled.
  const ledger = await ledgerFindings(pool, { pendingSeconds: secondsOfAYear });
  const invoices = await invoiceFindings(pool);
  return ledger.length + invoices.length;
}

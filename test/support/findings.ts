import type { Client } from '@temporalio/client';
import type { Database } from '../../prisma/client';
import { invoiceFindings } from '../../services/invoicing/invariants';
import { ledgerFindings } from '../../services/timesheets/invariants';
import { ticketWorkflowId } from '../../workflows/ticket/ids';

/** Effects that may stand in the audit trail once only, by what they are effects of. */
const doubledEffects = `
  SELECT kind || ' of ' || subject_id AS finding FROM event
    WHERE kind IN ('ticket.created', 'timesheet.logged', 'sla.breached', 'sla.at_risk', 'sla.clock_started',
      'invoice.posted', 'message.posted')
    GROUP BY kind, subject_id HAVING count(*) > 1
  UNION ALL SELECT kind || ' of ' || subject_id || ' version ' || (after->>'version') FROM event
    WHERE kind = 'timesheet.applied' GROUP BY kind, subject_id, after->>'version' HAVING count(*) > 1
  UNION ALL SELECT 'command ' || command_id || ' had more than one ' || kind FROM event
    WHERE command_id IS NOT NULL GROUP BY command_id, kind, subject_id HAVING count(*) > 1
  UNION ALL SELECT 'stage of ' || t.id || ' is not its open period''s' FROM ticket t
    WHERE NOT EXISTS (SELECT 1 FROM ticket_stage_period p WHERE p.company_id = t.company_id AND p.ticket_id = t.id
      AND p.left_at IS NULL AND p.stage_id = t.stage_id)
  UNION ALL SELECT 'clock ' || id || ' ran on after its deadline' FROM sla_clock
    WHERE status = 'running' AND deadline < now() - interval '30 seconds'`;

/**
 * What must hold after every fault, once everything has settled: each acknowledged ticket exists, each open ticket
 * has a running workflow, no job waits, the books are right, and nothing has happened twice. Empty when all is well.
 */
export async function findings(
  stack: { readonly database: Database; readonly temporalClient: Client },
  acknowledgedTicketIds: readonly string[],
): Promise<string[]> {
  const { pool } = stack.database;
  const doubled = await pool.query<{ finding: string }>(doubledEffects);
  const jobs = await pool.query<{ finding: string }>(
    `SELECT 'job ' || id || ' of ' || ticket_id || ' waits' AS finding FROM job`,
  );
  const lost = await pool.query<{ finding: string }>(
    `SELECT 'acknowledged ticket ' || id || ' is lost' AS finding FROM unnest($1::text[]) AS acknowledged(id)
     WHERE NOT EXISTS (SELECT 1 FROM ticket t WHERE t.id = acknowledged.id)`,
    [acknowledgedTicketIds],
  );
  return [
    ...[...doubled.rows, ...jobs.rows, ...lost.rows].map(({ finding }) => finding),
    ...(await ledgerFindings(pool, { pendingSeconds: 0 })).map((finding) => JSON.stringify(finding)),
    ...(await invoiceFindings(pool)).map((finding) => JSON.stringify(finding)),
    ...(await ticketsWithoutWorkflow(stack)),
  ];
}

async function ticketsWithoutWorkflow({
  database,
  temporalClient,
}: {
  readonly database: Database;
  readonly temporalClient: Client;
}): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    'SELECT id FROM ticket WHERE closed_at IS NULL AND archived_at IS NULL',
  );
  const states = await Promise.all(
    rows.map(async ({ id }) => {
      const handle = temporalClient.workflow.getHandle(ticketWorkflowId(id));
      const status = await handle.describe().then(
        (description) => description.status.name,
        (error: unknown) => (error instanceof Error ? error.name : String(error)),
      );
      return { id, status };
    }),
  );
  return states
    .filter(({ status }) => status !== 'RUNNING')
    .map(({ id, status }) => `the workflow of open ticket ${id} is ${status}`);
}

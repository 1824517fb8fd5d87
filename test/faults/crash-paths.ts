import { randomUUID } from 'node:crypto';
import type { Answer } from '../support/api-client';
import type { CrashingProgram } from '../support/crash-points';
import { deskWithTicket, deskWithTime } from './crash-desks';
import type { CrashLane } from './crash-lane';
import { type Desk, desk, timeBody } from './desk';

/** A path that begins with one request, ready for it: on a company of its own, with all that stands before. */
export interface PreparedPath {
  readonly companyId: string;
  readonly idempotencyKey: string;
  /** Sends the request, always with the same key. */
  send(): Promise<Answer<{ readonly id: string }>>;
  /** What the request has brought about, in figures and states. */
  effect(): Promise<unknown>;
}

/** A path whose every boundary is a crash point. */
export interface CrashPath {
  readonly name: string;
  prepare(lane: CrashLane): Promise<PreparedPath>;
  /** What the request is answered with in the end. */
  readonly status: number;
  /** What `effect` must be, whatever died on the way. */
  readonly effect: unknown;
  /** The activity whose boundaries are meant, where all others are another path's too. */
  readonly activity?: string;
  /** Statements and calls that are on the path, by program: their boundaries must be among those that are found. */
  readonly landmarks: Readonly<Partial<Record<CrashingProgram, readonly string[]>>>;
}

function prepared(
  lane: CrashLane,
  on: Desk,
  request: { readonly by: 'agent' | 'finance'; readonly address: string; readonly body?: unknown },
  effect: () => Promise<unknown>,
): PreparedPath {
  const idempotencyKey = randomUUID();
  const client = lane.client(on.users[request.by].token);
  return {
    companyId: on.companyId,
    idempotencyKey,
    effect,
    send: () =>
      client.post(request.address, request.body, { headers: { 'Idempotency-Key': idempotencyKey } }),
  };
}

function within(where: string, statements: readonly string[]): string[] {
  return statements.map((statement) => `${where}: ${statement}`);
}

/** The company's invoices with what stands on them. */
async function invoicesOf({ database }: CrashLane, { companyId }: Desk): Promise<unknown> {
  const { rows } = await database.pool.query(
    `SELECT i.status, substring(i.number FROM '/\\d+$') AS number, i.total_minor AS "totalMinor",
       (SELECT json_agg(json_build_array(s.fate, s.to_minute - s.from_minute)) FROM slice s
         JOIN invoice_line l ON l.company_id = s.company_id AND l.id = s.invoice_line_id
         WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS slices
     FROM invoice i WHERE i.company_id = $1`,
    [companyId],
  );
  return rows;
}

export const crashPaths: readonly CrashPath[] = [
  {
    name: 'create ticket',
    status: 201,
    async prepare(lane) {
      const on = await desk(lane.database);
      return prepared(lane, on, { by: 'agent', address: '/v1/tickets', body: on.ticketBody }, async () => {
        const { rows } = await lane.database.pool.query(
          `SELECT stage_id = $2 AS "inFirstStage", version, sla_state AS "slaState" FROM ticket WHERE company_id = $1`,
          [on.companyId, on.team.stages.new],
        );
        return rows;
      });
    },
    effect: [{ inFirstStage: true, version: 1, slaState: 'on_track' }],
    landmarks: {
      api: ['request: create_ticket', 'the answer'],
      relay: ['SignalWithStartWorkflowExecution', 'forget_jobs'],
      worker: ['loadTicket', 'the completion of loadTicket', 'a workflow completion'],
    },
  },
  {
    name: 'move stage',
    status: 200,
    async prepare(lane) {
      const { on, ticketId } = await deskWithTicket(lane);
      const { inProgress } = on.team.stages;
      const address = `/v1/tickets/${ticketId}/move`;
      return prepared(lane, on, { by: 'agent', address, body: { stageId: inProgress } }, async () => {
        const { rows } = await lane.database.pool.query(
          `SELECT stage_id = $2 AS moved, version,
             (SELECT count(*) FROM ticket_stage_period p WHERE p.company_id = t.company_id) AS periods
           FROM ticket t WHERE company_id = $1`,
          [on.companyId, inProgress],
        );
        return rows;
      });
    },
    effect: [{ moved: true, version: 2, periods: 2 }],
    landmarks: {
      api: ['request: SELECT idempotency_key', 'request: ExecuteMultiOperation', 'the answer'],
      worker: [
        ...within('decideTicket', [
          'BEGIN',
          'INSERT idempotency_key',
          'WITH ticket_stage_period',
          'WITH sla_clock',
          'INSERT event',
          'UPDATE idempotency_key',
          'COMMIT',
        ]),
        'the completion of decideTicket',
        'a workflow completion',
      ],
    },
  },
  {
    name: 'log time',
    status: 201,
    async prepare(lane) {
      const { on, ticketId } = await deskWithTicket(lane);
      const request = { by: 'agent', address: '/v1/timesheets', body: timeBody(ticketId) } as const;
      return prepared(lane, on, request, async () => {
        const { rows } = await lane.database.pool.query(
          `SELECT e.minutes, e.applied_version AS "appliedVersion", l.delivered_minutes AS delivered,
             (SELECT json_agg(json_build_array(s.fate, s.from_minute, s.to_minute)) FROM slice s
               WHERE s.company_id = e.company_id AND s.entry_id = e.id) AS slices
           FROM timesheet_entry e
           JOIN sale_order_line l ON l.company_id = e.company_id AND l.id = e.sale_order_line_id
           WHERE e.company_id = $1`,
          [on.companyId],
        );
        return rows;
      });
    },
    effect: [{ minutes: 30, appliedVersion: 1, delivered: 30, slices: [['unbilled', 0, 30]] }],
    landmarks: {
      api: ['request: log_time_1', 'the answer'],
      relay: ['SignalWithStartWorkflowExecution', 'forget_jobs'],
      worker: [
        ...within('applyTimesheet', [
          'BEGIN',
          'INSERT slice',
          'UPDATE sale_order_line',
          'UPDATE timesheet_entry',
          'INSERT event',
          'COMMIT',
        ]),
        'the completion of applyTimesheet',
        'a workflow completion',
      ],
    },
  },
  {
    name: 'draft invoice',
    status: 201,
    async prepare(lane) {
      const on = await deskWithTime(lane);
      const address = `/v1/sale-orders/${on.order.id}/invoices`;
      return prepared(lane, on, { by: 'finance', address, body: {} }, () => invoicesOf(lane, on));
    },
    effect: [{ status: 'draft', number: null, totalMinor: 6_000, slices: [['reserved', 30]] }],
    landmarks: {
      api: [
        'request: INSERT invoice_run',
        'request: COMMIT',
        'request: StartWorkflowExecution',
        'the answer',
      ],
      worker: [
        'startRun: COMMIT',
        'listOpenOrders',
        ...within('invoiceOrder', [
          'BEGIN',
          'INSERT invoice',
          'INSERT invoice_line',
          'UPDATE slice',
          'UPDATE invoice_run_order',
          'INSERT event',
          'COMMIT',
        ]),
        'the completion of invoiceOrder',
        'finishRun: COMMIT',
        'a workflow completion',
      ],
    },
  },
  {
    name: 'post invoice',
    status: 200,
    async prepare(lane) {
      const on = await deskWithTime(lane);
      await lane.client(on.users.finance.token).post(`/v1/sale-orders/${on.order.id}/invoices`, {});
      await lane.settled(on.companyId);
      // Not from the answer: on a slow machine that is 202 with the run.
      const { rows } = await lane.database.pool.query<{ id: string }>(
        'SELECT id FROM invoice WHERE company_id = $1',
        [on.companyId],
      );
      const [draft] = rows;
      if (draft === undefined) throw new Error('no draft was made');
      const address = `/v1/invoices/${draft.id}/post`;
      return prepared(lane, on, { by: 'finance', address }, () => invoicesOf(lane, on));
    },
    effect: [{ status: 'posted', number: '/00001', totalMinor: 6_000, slices: [['invoiced', 30]] }],
    landmarks: {
      api: [
        ...within('request', [
          'BEGIN',
          'INSERT idempotency_key',
          'UPDATE slice',
          'INSERT invoice_number_counter',
          'UPDATE invoice',
          'INSERT event',
          'UPDATE idempotency_key',
          'COMMIT',
        ]),
        'the answer',
      ],
    },
  },
  {
    name: 'post invoice in a run',
    status: 202,
    activity: 'postOrderInvoice',
    async prepare(lane) {
      const on = await deskWithTime(lane);
      const body = { filter: { saleOrderIds: [on.order.id] }, post: true };
      return prepared(lane, on, { by: 'finance', address: '/v1/invoice-runs', body }, () =>
        invoicesOf(lane, on),
      );
    },
    effect: [{ status: 'posted', number: '/00001', totalMinor: 6_000, slices: [['invoiced', 30]] }],
    landmarks: {
      worker: [
        ...within('postOrderInvoice', [
          'BEGIN',
          'UPDATE slice',
          'INSERT invoice_number_counter',
          'UPDATE invoice',
          'INSERT event',
          'COMMIT',
        ]),
        'the completion of postOrderInvoice',
      ],
    },
  },
];

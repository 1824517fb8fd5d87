import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { invoiceRunWorkflowId } from '../../workflows/invoice-run/ids';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import type { ApiClient } from '../support/api-client';
import { type CrashingProgram, type CrashProgram, startCrashProgram } from '../support/crash-points';
import type { TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import type { FaultStack } from '../support/fault-stack';
import { isIdle } from '../support/idle-workflow';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { unsettled } from '../support/settled';

/** An API, a worker and a relay on a database and a task queue of their own, one path at a time. */
export interface CrashLane {
  readonly database: TestDatabase;
  readonly temporalClient: Client;
  readonly programs: Readonly<Record<CrashingProgram, CrashProgram<RunningProcess>>>;
  /** Requests to the lane's API, each answer checked against the document. */
  client(token: string): ApiClient;
  /** Waits until all has been carried out and nothing is under way in the company's workflows, no second attempt either. */
  settled(companyId: string): Promise<void>;
}

/** Longer than any second attempt takes to begin: an activity of an invoice run is given up after 30 seconds. */
const settleLimitMs = 180_000;

/** Starts a lane's programs; they end with the stack. */
export async function startCrashLane(stack: FaultStack, database: TestDatabase): Promise<CrashLane> {
  const folder = await mkdtemp(join(tmpdir(), 'keepdesk-crash-'));
  database.beforeClose(() => rm(folder, { recursive: true, force: true }));
  const own = {
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    TEMPORAL_TASK_QUEUE: `crash-${new URL(database.url).pathname.slice(1)}`,
    DECISION_DEADLINE_MS: '3000',
  };
  const [api, worker, relay] = await Promise.all([
    startCrashProgram<ApiProcess>('api', folder, (preload) => stack.startApi({ ...own, ...preload })),
    startCrashProgram('worker', folder, (preload) => stack.startWorker({ ...own, ...preload })),
    startCrashProgram('relay', folder, (preload) => stack.startRelay({ ...own, ...preload })),
  ]);
  const { temporalClient } = stack;
  return {
    database,
    temporalClient,
    programs: { api, worker, relay },
    client: (token) => stack.client(() => api.running, token),
    async settled(companyId) {
      let pending: string[] = [];
      await eventually(
        'all that was asked for',
        async () => {
          pending = await unsettled(database);
          if (pending.length === 0) pending = await unfinishedWorkflows(database, temporalClient, companyId);
          return pending.length === 0;
        },
        settleLimitMs,
      ).catch((error: unknown) => {
        throw new Error(`still pending: ${pending.join(', ')}`, { cause: error });
      });
    },
  };
}

/** Workflows of the company in which a task or an activity is scheduled, running, or waiting to be tried again. */
async function unfinishedWorkflows(
  { pool }: TestDatabase,
  client: Client,
  companyId: string,
): Promise<string[]> {
  const { rows: tickets } = await pool.query<{ id: string }>('SELECT id FROM ticket WHERE company_id = $1', [
    companyId,
  ]);
  const { rows: runs } = await pool.query<{ id: string }>(
    'SELECT id FROM invoice_run WHERE company_id = $1',
    [companyId],
  );
  const ids = [
    ...tickets.map(({ id }) => ticketWorkflowId(id)),
    ...runs.map(({ id }) => invoiceRunWorkflowId(id)),
  ];
  const busy = await Promise.all(ids.map(async (id) => ((await isIdle(client, id)) ? [] : [id])));
  return busy.flat();
}

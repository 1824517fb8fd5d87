import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type Context, systemContext } from '../../services/context';
import { createTicket } from '../../services/tickets/create-ticket';
import { buildBundle } from '../../worker/build-bundle';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { createDesk, type Desk } from './desk';
import { type Program, startProgram } from './program';
import type { Cleanup } from './run';
import { root, startDatabase, startTemporal, temporaryFolder } from './servers';

export const bareTaskQueue = 'bare';

/** What stands before a worker of either kind is started. */
export interface WorkerGround {
  readonly desk: Desk;
  /** Of work that no request stands behind, in the desk's company. */
  readonly context: Context;
  readonly client: Client;
  /** Bundle of the bare workflows. */
  readonly bundle: string;
  startWorker(): Program;
  startBareWorker(): Program;
  /** A new ticket of the desk; its workflow is not started. */
  createTicket(): Promise<string>;
  startTicket(ticketId: string): Promise<WorkflowHandle>;
}

/** Servers, a desk, and the bare workflows bundled. */
export async function workerGround(cleanup: Cleanup): Promise<WorkerGround> {
  const [database, address] = await Promise.all([startDatabase(cleanup), startTemporal(cleanup)]);
  const desk = await createDesk(database);
  const bundle = await buildBareBundle(cleanup);
  const connection = await Connection.connect({ address });
  cleanup.later(() => connection.close());
  const client = new Client({ connection });
  const { companyId, teamId } = desk;
  const context = systemContext({ companyId, database, actor: { type: 'system', process: 'seed' } });
  return {
    desk,
    context,
    client,
    bundle,
    startWorker: () => startWorker(cleanup, { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address }),
    startBareWorker: () => startBareWorker(cleanup, address, bundle),
    createTicket: async () => (await createTicket(context, { teamId, subject: 'The printer is on fire' })).id,
    startTicket: (ticketId) =>
      client.workflow.start('ticket', {
        workflowId: ticketWorkflowId(ticketId),
        taskQueue: 'keepdesk',
        args: [{ v: 1, companyId, ticketId }],
      }),
  };
}

/** Bundles the workflows of `bench/floors/workflows` once; the file. */
export async function buildBareBundle(cleanup: Cleanup): Promise<string> {
  const file = join(temporaryFolder(cleanup), 'bundle.js');
  await buildBundle(join(root, 'dist', 'bench', 'floors', 'workflows', 'index.js'), file);
  return file;
}

/** A worker with the SDK and nothing else, `bench/floors/worker.ts`. */
export function startBareWorker(cleanup: Cleanup, temporalAddress: string, bundle: string): Program {
  return startProgram(cleanup, 'bench/floors/worker', {
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_TASK_QUEUE: bareTaskQueue,
    BUNDLE: bundle,
  });
}

/** The product's worker, as `npm run worker` starts it; the reconcile sweep alone is out of the way. */
export function startWorker(
  cleanup: Cleanup,
  environment: { readonly DATABASE_URL: string; readonly TEMPORAL_ADDRESS: string },
): Program {
  return startProgram(cleanup, 'worker/main', { RECONCILE_EVERY_SECONDS: '86400', ...environment });
}

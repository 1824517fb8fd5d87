import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { systemContext } from '../services/context';
import { newId } from '../services/ids';
import { createTicket } from '../services/tickets/create-ticket';
import { decideTicket } from '../services/tickets/decide-ticket';
import { ticketWorkflowId } from '../workflows/ticket/ids';
import { createDesk } from './support/desk';
import type { Program } from './support/program';
import { interleaved, printFigures, printMachine, printRatio } from './support/rounds';
import { option, run } from './support/run';
import { startDatabase, startTemporal } from './support/servers';
import { bareTaskQueue, buildBareBundle, startBareWorker, startWorker } from './support/workers';

/**
 * From the start of the worker's process to the end of a workflow that waited for it, beside the least program that
 * is a worker (`bench/floors/worker.ts`). Both workflows run one local activity and end; the product's asks PostgreSQL
 * for a ticket that is closed already.
 */
const rounds = Number(option('rounds') ?? 7);

run(async (cleanup) => {
  printMachine();
  const [database, address] = await Promise.all([startDatabase(cleanup), startTemporal(cleanup)]);
  const desk = await createDesk(database);
  const bundle = await buildBareBundle(cleanup);
  const connection = await Connection.connect({ address });
  cleanup.later(() => connection.close());
  const client = new Client({ connection });
  const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address };

  const { companyId } = desk;
  const context = systemContext({ companyId, database, actor: { type: 'system', process: 'seed' } });
  const closedTicket = async (): Promise<string> => {
    const { id } = await createTicket(context, { teamId: desk.teamId, subject: 'The printer is on fire' });
    const command = { commandId: newId('command'), fingerprint: 'bench', replayed: false };
    await decideTicket({ ...context, command }, id, { kind: 'close' }, {});
    return id;
  };
  const measure = async (start: () => Program, result: () => Promise<unknown>) => {
    const beganMs = performance.now();
    const program = start();
    await result();
    const figures = { milliseconds: performance.now() - beganMs, cpuMs: program.cpuMs() };
    await program.stop();
    return figures;
  };

  console.log(`\nfrom exec to the first workflow's end, median of ${rounds} rounds (spread)`);
  const results = await interleaved(rounds, {
    worker: async () => {
      const ticketId = await closedTicket();
      const handle = await client.workflow.start('ticket', {
        workflowId: ticketWorkflowId(ticketId),
        taskQueue: 'keepdesk',
        args: [{ v: 1, companyId, ticketId }],
      });
      return measure(
        () => startWorker(cleanup, environment),
        () => handle.result(),
      );
    },
    floor: async () => {
      const handle = await client.workflow.start('once', {
        workflowId: randomUUID(),
        taskQueue: bareTaskQueue,
      });
      return measure(
        () => startBareWorker(cleanup, address, bundle),
        () => handle.result(),
      );
    },
  });
  printFigures(results);
  printRatio(results, 'milliseconds', ['worker', 'floor'], '≤ 1.15');
  printRatio(results, 'cpuMs', ['worker', 'floor'], 'none');
});

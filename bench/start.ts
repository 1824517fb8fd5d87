import { randomUUID } from 'node:crypto';
import { newId } from '../services/ids';
import { decideTicket } from '../services/tickets/decide-ticket';
import type { Program } from './support/program';
import { interleaved, printFigures, printMachine, printRatio } from './support/rounds';
import { option, run } from './support/run';
import { bareTaskQueue, workerGround } from './support/workers';

/**
 * From the start of the worker's process to the end of a workflow that waited for it, beside the least program that
 * is a worker (`bench/floors/worker.ts`). Both workflows run one local activity and end; the product's asks PostgreSQL
 * for a ticket that is closed already.
 */
const rounds = Number(option('rounds') ?? 7);

run(async (cleanup) => {
  printMachine();
  const ground = await workerGround(cleanup);
  const closedTicket = async (): Promise<string> => {
    const id = await ground.createTicket();
    const command = { commandId: newId('command'), fingerprint: 'bench', replayed: false };
    await decideTicket({ ...ground.context, command }, id, { kind: 'close' }, {});
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
      const handle = await ground.startTicket(await closedTicket());
      return measure(ground.startWorker, () => handle.result());
    },
    floor: async () => {
      const handle = await ground.client.workflow.start('once', {
        workflowId: randomUUID(),
        taskQueue: bareTaskQueue,
      });
      return measure(ground.startBareWorker, () => handle.result());
    },
  });
  printFigures(results);
  printRatio(results, 'milliseconds', ['worker', 'floor'], '≤ 1.15');
  printRatio(results, 'cpuMs', ['worker', 'floor'], 'none');
});

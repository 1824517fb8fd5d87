import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { newId } from '../services/ids';
import { defaultBundlePath } from '../worker/build-bundle';
import { ticketWorkflowId } from '../workflows/ticket/ids';
import { interleaved, printFigures, printMachine, printRatio } from './support/rounds';
import { option, run } from './support/run';
import { bareTaskQueue, workerGround } from './support/workers';

/**
 * What a worker pays when it takes up a ticket that it has not in memory: replay of a history just short of
 * continue-as-new, beside one of a bare workflow with the same kinds of events and as many of them.
 */
const rounds = Number(option('rounds') ?? 7);
const replays = Number(option('replays') ?? 20);
const events = 490;

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

run(async (cleanup) => {
  printMachine();
  const ground = await workerGround(cleanup);
  const { client, bundle, desk } = ground;
  const workers = [ground.startWorker(), ground.startBareWorker()];
  await Promise.all(workers.map((worker) => worker.said('worker runs')));

  const historyOf = async (
    workflowId: string,
    add: (index: number) => Promise<unknown>,
  ): Promise<History> => {
    const handle = client.workflow.getHandle(workflowId);
    for (let index = 0; ; index++) {
      await add(index);
      const history = await handle.fetchHistory();
      if ((history.events?.length ?? 0) >= events - 12) return history;
    }
  };
  const id = await ground.createTicket();
  await ground.startTicket(id);
  const [, working = '', pausing = ''] = desk.stageIds;
  const ticket = await historyOf(ticketWorkflowId(id), (index) =>
    client.workflow.getHandle(ticketWorkflowId(id)).executeUpdate('moveStage', {
      args: [{ stageId: index % 2 === 0 ? pausing : working }],
      updateId: newId('command'),
    }),
  );
  const bareId = randomUUID();
  await client.workflow.start('counter', {
    workflowId: bareId,
    taskQueue: bareTaskQueue,
    args: [{ bare: false }],
  });
  const counter = await historyOf(bareId, () => client.workflow.getHandle(bareId).executeUpdate('ask'));
  await Promise.all(workers.map((worker) => worker.stop()));

  const countOf = (history: History): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const event of history.events ?? []) {
      const kind = Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? '';
      const name = kind.replace('EventAttributes', '');
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  console.log('  events of the ticket', countOf(ticket));
  console.log('  events of the bare workflow', countOf(counter));
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const replay = (codePath: string, history: History) => async () => {
    const beganMs = performance.now();
    const cpu = process.cpuUsage();
    const copies = Array.from({ length: replays }, () => ({ workflowId: randomUUID(), history }));
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, copies)) {
      if (error !== undefined) throw error;
    }
    const { user, system } = process.cpuUsage(cpu);
    return {
      milliseconds: (performance.now() - beganMs) / replays,
      cpuMs: (user + system) / 1000 / replays,
    };
  };
  console.log(`\nreplay, median of ${rounds} rounds of ${replays} (spread)`);
  const results = await interleaved(rounds, {
    ticket: replay(defaultBundlePath, ticket),
    bare: replay(bundle, counter),
  });
  printFigures(results);
  printRatio(results, 'milliseconds', ['ticket', 'bare'], '≤ 1.2');
  printRatio(results, 'cpuMs', ['ticket', 'bare'], '≤ 1.2');
});

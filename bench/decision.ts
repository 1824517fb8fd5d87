import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { createDesk } from './support/desk';
import { type Program, startApi, startProgram } from './support/program';
import { type Answer, KeptConnection, requestBytes } from './support/requests';
import {
  type Figures,
  interleaved,
  percentile,
  printFigures,
  printMachine,
  printRatio,
} from './support/rounds';
import { option, run } from './support/run';
import { startDatabase, startTemporal } from './support/servers';
import { bareTaskQueue, buildBareBundle, startBareWorker, startWorker } from './support/workers';

/**
 * `POST /v1/tickets/{id}/move` through API, workflow and PostgreSQL, beside an update with one empty local activity of
 * a bare workflow, sent by the SDK alone: as the API sends it, with a start that is not needed, and without. Every
 * move of the product stops or starts the ticket's clock. The processor time of one decision is that of API and worker, and
 * of the bare worker; the driver, which is the floor's client, is not in it.
 */
const rounds = Number(option('rounds') ?? 5);
const moves = Number(option('moves') ?? 150);
const parallel = Number(option('parallel') ?? 16);

type Decide = (index: number) => Promise<unknown>;

/** So many decisions one after the other on one ticket, and so many again on several tickets at once. */
async function measure(serving: readonly Program[], makeTicket: () => Promise<Decide>): Promise<Figures> {
  const latencies: number[] = [];
  const one = await makeTicket();
  const cpuMs = (): number => serving.reduce((sum, program) => sum + program.cpuMs(), 0);
  const cpuBeforeMs = cpuMs();
  for (let index = 0; index < moves; index++) {
    const sentMs = performance.now();
    await one(index);
    latencies.push(performance.now() - sentMs);
  }
  const cpuOfOneMs = (cpuMs() - cpuBeforeMs) / moves;
  const many = await Promise.all(Array.from({ length: parallel }, makeTicket));
  const each = Math.ceil((moves * 2) / parallel);
  const beganMs = performance.now();
  await Promise.all(
    many.map(async (decide) => {
      for (let index = 0; index < each; index++) await decide(index);
    }),
  );
  return {
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: cpuOfOneMs,
    perSecond: (each * parallel) / ((performance.now() - beganMs) / 1000),
  };
}

run(async (cleanup) => {
  printMachine();
  const [database, address] = await Promise.all([startDatabase(cleanup), startTemporal(cleanup)]);
  const desk = await createDesk(database);
  const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address };
  const bundle = await buildBareBundle(cleanup);
  const programs = [
    startWorker(cleanup, environment),
    startProgram(cleanup, 'worker/relay-main', environment),
    startBareWorker(cleanup, address, bundle),
  ] as const;
  await Promise.all([
    programs[0].said('worker runs'),
    programs[1].said('relay delivers'),
    programs[2].said('worker runs'),
  ]);
  const api = await startApi(cleanup, environment);
  const connection = await Connection.connect({ address });
  cleanup.later(() => connection.close());
  const client = new Client({ connection });

  const [, working = '', waiting = ''] = desk.stageIds;
  const post = async (http: KeptConnection, path: string, body: unknown, status: number): Promise<Answer> => {
    const headers = { Authorization: `Bearer ${desk.key}`, 'Idempotency-Key': randomUUID() };
    const answer = await http.send(requestBytes('POST', path, headers, body));
    if (answer.status !== status) throw new Error(`${answer.status}: ${answer.body.toString()}`);
    return answer;
  };
  const ticket = async (): Promise<Decide> => {
    const http = new KeptConnection(api.port);
    cleanup.later(() => http.end());
    const body = { teamId: desk.teamId, subject: 'The printer is on fire', contactId: desk.contactId };
    const created = JSON.parse((await post(http, '/v1/tickets', body, 201)).body.toString()) as {
      id: string;
    };
    const move: Decide = (index) =>
      post(http, `/v1/tickets/${created.id}/move`, { stageId: index % 2 === 0 ? waiting : working }, 200);
    await move(1);
    return move;
  };
  const bareTicket = (withStart: boolean) => async (): Promise<Decide> => {
    const start = { workflowId: randomUUID(), taskQueue: bareTaskQueue, args: [{ bare: true }] };
    const handle = await client.workflow.start('counter', start);
    const decide: Decide = withStart
      ? () =>
          client.workflow.executeUpdateWithStart('ask', {
            startWorkflowOperation: new WithStartWorkflowOperation('counter', {
              ...start,
              workflowIdConflictPolicy: 'USE_EXISTING',
            }),
          })
      : () => handle.executeUpdate('ask');
    cleanup.later(() => handle.terminate());
    await decide(1);
    return decide;
  };

  console.log(
    `\n${moves} moves of one ticket, then ${parallel} tickets at once; median of ${rounds} rounds (spread)`,
  );
  const results = await interleaved(rounds, {
    api: () => measure([programs[0], api], ticket),
    'with start': () => measure([programs[2]], bareTicket(true)),
    update: () => measure([programs[2]], bareTicket(false)),
  });
  printFigures(results);
  console.log('  aim: api p50 ≤ 20 ms');
  printRatio(results, 'p50Ms', ['api', 'with start'], 'none');
  printRatio(results, 'p50Ms', ['api', 'update'], 'none');
  printRatio(results, 'perSecond', ['api', 'update'], 'none');
});

import { randomUUID } from 'node:crypto';
import { createDesk } from './support/desk';
import { closedLoop } from './support/load';
import { type HttpProgram, startApi, startHttpProgram } from './support/program';
import { requestBytes } from './support/requests';
import { interleaved, printFigures, printMachine, printRatio } from './support/rounds';
import { rowsPerRequest } from './support/row-counts';
import { option, run } from './support/run';
import { startDatabase } from './support/servers';

/**
 * `POST /v1/timesheets` beside a bare program that inserts the same rows (`bench/floors/log-time.ts`), on one durable
 * PostgreSQL: spread over many tickets, and all on one ticket and its order line, which every transaction then shares.
 */
export interface TimeFacts {
  readonly companyId: string;
  readonly projectId: string;
  readonly employeeId: string;
  readonly saleOrderLineId: string;
  /** JSON. */
  readonly actor: string;
}

const rounds = Number(option('rounds') ?? 5);
const requests = Number(option('requests') ?? 4_000);
const ticketCount = 500;

run(async (cleanup) => {
  printMachine();
  const database = await startDatabase(cleanup);
  const desk = await createDesk(database);
  const facts: TimeFacts = {
    companyId: desk.companyId,
    projectId: desk.projectId,
    employeeId: desk.employeeId,
    saleOrderLineId: desk.saleOrderLineId,
    actor: JSON.stringify({ type: 'user', userId: desk.agentId }),
  };
  const environment = { DATABASE_URL: database.url };
  const api = await startApi(cleanup, environment);
  const floor = await startHttpProgram(cleanup, 'bench/floors/log-time', {
    ...environment,
    FACTS: JSON.stringify(facts),
  });
  const post = (path: string, body: unknown): Buffer =>
    requestBytes(
      'POST',
      path,
      { Authorization: `Bearer ${desk.key}`, 'Idempotency-Key': randomUUID() },
      body,
    );
  const ticketIds: string[] = [];
  const { teamId, contactId, saleOrderLineId } = desk;
  await closedLoop(api, {
    connections: 8,
    requests: ticketCount,
    status: 201,
    nextRequest: () => post('/v1/tickets', { teamId, contactId, saleOrderLineId, subject: 'The printer' }),
    onAnswer: ({ body }) => void ticketIds.push((JSON.parse(body.toString()) as { id: string }).id),
  });
  const date = new Date().toISOString().slice(0, 10);
  const log = (server: HttpProgram, connections: number, count: number, tickets: readonly string[]) =>
    closedLoop(server, {
      connections,
      requests: count,
      status: 201,
      nextRequest: (index) =>
        post('/v1/timesheets', {
          ticketId: tickets[index % tickets.length],
          date,
          minutes: 30,
          description: 'Looked at it with the customer on the telephone.',
        }),
    });

  for (const [name, server] of [
    ['api', api],
    ['floor', floor],
  ] as const) {
    const one = await rowsPerRequest(database, () => log(server, 1, 1, ticketIds));
    console.log(`  rows of one request, ${name}: ${one}`);
  }
  // A fresh database has no statistics, and plans made on empty tables; this one has been at work for a while.
  await log(api, 32, 3_000, ticketIds);
  await log(floor, 32, 3_000, ticketIds);
  await database.pool.query('VACUUM ANALYZE');
  for (const [title, connections, count, tickets] of [
    [`32 connections, ${ticketCount} tickets`, 32, requests, ticketIds],
    ['32 connections, one ticket', 32, requests, ticketIds.slice(0, 1)],
    ['1 connection', 1, requests / 8, ticketIds],
  ] as const) {
    console.log(`\nlog time, ${title}, median of ${rounds} rounds (spread)`);
    const results = await interleaved(rounds, {
      api: () => log(api, connections, count, tickets),
      floor: () => log(floor, connections, count, tickets),
    });
    printFigures(results);
    printRatio(results, 'perSecond', ['api', 'floor'], connections === 1 ? 'none' : '≥ 0.85');
    printRatio(results, 'p50Ms', ['api', 'floor'], '≤ 1.3');
    printRatio(results, 'cpuMicroseconds', ['api', 'floor'], 'none');
  }
});

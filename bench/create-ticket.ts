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
 * `POST /v1/tickets` (an agent's API key, an idempotency key, a promise in working time, a customer and an order
 * line) beside a bare program that inserts the same rows (`bench/floors/create-ticket.ts`), on one durable
 * PostgreSQL. No relay runs: what it costs after the answer is measured by `backlog`.
 */
export interface TicketFacts {
  readonly companyId: string;
  readonly stageId: string;
  readonly policyId: string;
  readonly calendarId: string;
  /** JSON. */
  readonly actor: string;
}

const rounds = Number(option('rounds') ?? 5);
const requests = Number(option('requests') ?? 4_000);

run(async (cleanup) => {
  printMachine();
  const database = await startDatabase(cleanup);
  const desk = await createDesk(database);
  const facts: TicketFacts = {
    companyId: desk.companyId,
    stageId: desk.stageIds[0] ?? '',
    policyId: desk.policyId,
    calendarId: desk.calendarId,
    actor: JSON.stringify({ type: 'user', userId: desk.agentId }),
  };
  const environment = { DATABASE_URL: database.url };
  const api = await startApi(cleanup, environment);
  const floor = await startHttpProgram(cleanup, 'bench/floors/create-ticket', {
    ...environment,
    FACTS: JSON.stringify(facts),
  });
  const body = {
    teamId: desk.teamId,
    subject: 'The printer is on fire',
    description: 'It began this morning, right after the update. '.repeat(6),
    contactId: desk.contactId,
    saleOrderLineId: desk.saleOrderLineId,
  };
  const create = (server: HttpProgram, connections: number, count: number) =>
    closedLoop(server, {
      connections,
      requests: count,
      status: 201,
      nextRequest: () =>
        requestBytes(
          'POST',
          '/v1/tickets',
          { Authorization: `Bearer ${desk.key}`, 'Idempotency-Key': randomUUID() },
          body,
        ),
    });

  for (const [name, server] of [
    ['api', api],
    ['floor', floor],
  ] as const) {
    console.log(
      `  rows of one request, ${name}: ${await rowsPerRequest(database, () => create(server, 1, 1))}`,
    );
  }
  // A fresh database has no statistics, and plans made on empty tables; this one has been at work for a while.
  await create(api, 32, 3_000);
  await create(floor, 32, 3_000);
  await database.pool.query('VACUUM ANALYZE');
  for (const [title, connections, count] of [
    ['32 connections', 32, requests],
    ['1 connection', 1, requests / 8],
  ] as const) {
    console.log(`\ncreate a ticket, ${title}, median of ${rounds} rounds (spread)`);
    const results = await interleaved(rounds, {
      api: () => create(api, connections, count),
      floor: () => create(floor, connections, count),
    });
    printFigures(results);
    printRatio(results, 'perSecond', ['api', 'floor'], connections === 1 ? 'none' : '≥ 0.85');
    printRatio(results, 'p50Ms', ['api', 'floor'], 'none');
    printRatio(results, 'cpuMicroseconds', ['api', 'floor'], 'none');
  }
});

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Database } from '../prisma/client';
import { systemContext } from '../services/context';
import { createTicket } from '../services/tickets/create-ticket';
import { searchAttributes } from '../workflows/search-attributes';
import { ticketWorkflowId } from '../workflows/ticket/ids';
import { createDesk, type Desk } from './support/desk';
import { startProgram } from './support/program';
import { interleaved, percentile, printFigures, printMachine, printRatio } from './support/rounds';
import { option, run } from './support/run';
import { startDatabase, startTemporal } from './support/servers';
import { startWorker } from './support/workers';

/**
 * The relay after an outage: how fast it drains an outbox of so many jobs, each of a ticket of its own, beside a bare
 * loop that sends the same signal-with-start to the same server; how long tickets that are submitted meanwhile wait;
 * how long they wait when nothing else does; and how many workflows a second one worker then takes up.
 */
const rounds = Number(option('rounds') ?? 3);
const waiting = Number(option('jobs') ?? 50_000);
const seconds = Number(option('seconds') ?? 5);
const concurrencies = [16, 32, 64, 128];

/** Tickets as they are committed while Temporal is away, in one statement. */
async function fillOutbox({ pool }: Database, desk: Desk): Promise<void> {
  await pool.query(
    `INSERT INTO ticket (company_id, id, number, team_id, stage_id, subject, created_at, updated_at)
      SELECT $1, 'tkt_' || lpad(next.number::text, 26, '0'), next.number, $2, $3, 'Ticket ' || i, now(), now()
      FROM generate_series(1, $4::int) AS i,
        LATERAL (SELECT nextval(quote_ident('ticket_number_' || $1)) AS number WHERE i > 0) next`,
    [desk.companyId, desk.teamId, desk.stageIds[0], waiting],
  );
  await pool.query(
    `INSERT INTO ticket_stage_period (company_id, ticket_id, sequence, stage_id, entered_at, entered_by)
      SELECT company_id, id, 1, stage_id, created_at, '{"type": "system", "process": "seed"}' FROM ticket
      WHERE subject <> 'New'`,
  );
  await pool.query(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
      SELECT company_id, 'job_' || substr(id, 5), id, 'ticket_created', '{}' FROM ticket
      WHERE subject <> 'New' ORDER BY number`,
  );
}

async function jobs({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM job');
  return rows[0]?.count ?? 0;
}

/** The relay's own request, without its outbox. */
function sendBare(client: Client, desk: Desk): Promise<unknown> {
  const id = randomUUID();
  return client.withDeadline(Date.now() + 10_000, () =>
    client.workflow.signalWithStart('ticket', {
      workflowId: `ticket-${id}`,
      taskQueue: 'nobody',
      args: [{ v: 1, companyId: desk.companyId, ticketId: id }],
      signal: 'factsArrived',
      signalArgs: [{ facts: [{ jobId: id, kind: 'ticket_created', reference: {} }] }],
      staticSummary: 'Ticket #00001',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributes.companyId, value: desk.companyId },
        { key: searchAttributes.teamId, value: desk.teamId },
        { key: searchAttributes.ticketRef, value: '#00001' },
        { key: searchAttributes.priority, value: 1 },
      ]),
    }),
  );
}

async function bareRate(client: Client, desk: Desk, concurrency: number): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  const beganMs = performance.now();
  let sent = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < endMs) {
        await sendBare(client, desk);
        sent += 1;
      }
    }),
  );
  return (sent * 1000) / (performance.now() - beganMs);
}

/** Milliseconds from the commit of each submitted ticket to the start of its workflow. */
async function lags(client: Client, submitted: ReadonlyMap<string, number>): Promise<number[]> {
  const found: number[] = [];
  for (const [ticketId, committedAtMs] of submitted) {
    const handle = client.workflow.getHandle(ticketWorkflowId(ticketId));
    const deadline = Date.now() + 60_000;
    for (;;) {
      const start = await handle.describe().then(
        ({ startTime }) => startTime.getTime(),
        () => undefined,
      );
      if (start !== undefined) {
        found.push(start - committedAtMs);
        break;
      }
      if (Date.now() > deadline) throw new Error(`${ticketId} was not started`);
      await delay(50);
    }
  }
  return found;
}

async function submitFor(database: Database, desk: Desk, milliseconds: number): Promise<Map<string, number>> {
  const { companyId } = desk;
  const context = systemContext({ companyId, database, actor: { type: 'system', process: 'seed' } });
  const submitted = new Map<string, number>();
  const endMs = performance.now() + milliseconds;
  while (performance.now() < endMs) {
    const { id } = await createTicket(context, { teamId: desk.teamId, subject: 'New' });
    submitted.set(id, Date.now());
    await delay(25 + Math.random() * 50);
  }
  return submitted;
}

function printLags(title: string, values: readonly number[]): void {
  const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
  console.log(
    `  ${title}: ${values.length} tickets, p50 ${p50} ms, p99 ${p99} ms, longest ${Math.max(...values)} ms`,
  );
}

run(async (cleanup) => {
  printMachine();
  const [database, address] = await Promise.all([startDatabase(cleanup), startTemporal(cleanup)]);
  const desk = await createDesk(database);
  const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address };
  const connection = await Connection.connect({ address });
  cleanup.later(() => connection.close());
  const client = new Client({ connection });
  const relay = async () => {
    const program = startProgram(cleanup, 'worker/relay-main', environment);
    await program.said('relay delivers');
    return program;
  };

  const idle = await relay();
  printLags('nothing waits', await lags(client, await submitFor(database, desk, seconds * 1000)));
  await idle.stop();

  await fillOutbox(database, desk);
  console.log(`\n${await jobs(database)} jobs wait; ${seconds} s each, median of ${rounds} rounds (spread)`);
  const newest: number[] = [];
  const results = await interleaved(rounds, {
    relay: async () => {
      const program = await relay();
      await delay(500);
      const before = await jobs(database);
      const [beganMs, cpuBeforeMs] = [performance.now(), program.cpuMs()];
      const submitted = await submitFor(database, desk, seconds * 1000);
      const tookMs = performance.now() - beganMs;
      const cpuMs = program.cpuMs() - cpuBeforeMs;
      const left = await jobs(database);
      newest.push(...(await lags(client, submitted)));
      await program.stop();
      const delivered = before - left + submitted.size;
      if (left === 0) throw new Error('nothing waits any more; start with more --jobs');
      return { perSecond: (delivered * 1000) / tookMs, cpuMicroseconds: (cpuMs * 1000) / delivered };
    },
    ...Object.fromEntries(
      concurrencies.map((concurrency) => [
        `bare ${concurrency}`,
        async () => ({ perSecond: await bareRate(client, desk, concurrency) }),
      ]),
    ),
  });
  printFigures(results);
  for (const concurrency of concurrencies) {
    printRatio(results, 'perSecond', ['relay', `bare ${concurrency}`], '≥ 0.8 of the best');
  }
  printLags(`${await jobs(database)} and more wait`, newest);

  const worker = startWorker(cleanup, environment);
  await worker.said('worker runs');
  const firstTasks = async () => (await client.workflow.count('Stage IS NOT NULL')).count;
  await delay(3_000);
  const [before, beganMs] = [await firstTasks(), performance.now()];
  await delay(seconds * 1000);
  const rate = ((await firstTasks()) - before) / ((performance.now() - beganMs) / 1000);
  console.log(`  one worker takes up ${rate.toFixed(0)} started workflows a second, the relay at rest`);
});

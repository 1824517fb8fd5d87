import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createDesk, type Desk } from './support/desk';
import { closedLoop } from './support/load';
import { type HttpProgram, startApi } from './support/program';
import { KeptConnection, requestBytes } from './support/requests';
import { percentile, printMachine } from './support/rounds';
import { option, run } from './support/run';
import { startDatabase } from './support/servers';

/**
 * Three times what the API can do, offered without waiting for answers (an open loop): what it accepts, how long that
 * takes, what it refuses and how, how it answers for its health meanwhile, what memory it takes, and whether every
 * ticket it acknowledged is in the database.
 */
const seconds = Number(option('seconds') ?? 15);
const factor = Number(option('factor') ?? 3);
/** More than the API works on at once. */
const keptConnections = 500;
/** A client that has waited this long would have gone away. */
const mostConnections = 4_000;

const createRequest = (desk: Desk): Buffer =>
  requestBytes(
    'POST',
    '/v1/tickets',
    { Authorization: `Bearer ${desk.key}`, 'Idempotency-Key': randomUUID() },
    {
      teamId: desk.teamId,
      subject: 'The printer is on fire',
      contactId: desk.contactId,
      saleOrderLineId: desk.saleOrderLineId,
    },
  );

interface Outcome {
  readonly acceptedMs: number[];
  readonly refusedMs: number[];
  readonly ids: string[];
  readonly refusals: Map<string, number>;
  unanswered: number;
  notOffered: number;
}

async function offer(api: HttpProgram, desk: Desk, perSecond: number): Promise<Outcome> {
  const outcome: Outcome = {
    acceptedMs: [],
    refusedMs: [],
    ids: [],
    refusals: new Map(),
    unanswered: 0,
    notOffered: 0,
  };
  // Opened beforehand, as a proxy holds them: the event loop accepts one connection in a turn, so that a crowd of new
  // ones waits in the kernel, where nobody can refuse it.
  const idle = Array.from({ length: keptConnections }, () => new KeptConnection(api.port));
  await Promise.all(idle.map((connection) => connection.send(requestBytes('GET', '/healthz'))));
  let connections = idle.length;
  const one = async (): Promise<void> => {
    let connection = idle.pop();
    if (connection === undefined || connection.closed) {
      if (connections >= mostConnections) {
        outcome.notOffered += 1;
        return;
      }
      connection = new KeptConnection(api.port);
      connections += 1;
    }
    const sentMs = performance.now();
    try {
      const { status, head, body } = await connection.send(createRequest(desk));
      const tookMs = performance.now() - sentMs;
      if (status === 201) {
        outcome.acceptedMs.push(tookMs);
        outcome.ids.push((JSON.parse(body.toString()) as { id: string }).id);
      } else {
        outcome.refusedMs.push(tookMs);
        const retry = /\r\nretry-after: (\d+)/i.exec(head)?.[1];
        const kind = `${status}${retry === undefined ? ' without Retry-After' : ` Retry-After ${retry}`}`;
        outcome.refusals.set(kind, (outcome.refusals.get(kind) ?? 0) + 1);
      }
      idle.push(connection);
    } catch {
      outcome.unanswered += 1;
      connections -= 1;
    }
  };
  const running = new Set<Promise<void>>();
  const beganMs = performance.now();
  for (let offered = 0; ; ) {
    const elapsedMs = performance.now() - beganMs;
    if (elapsedMs > seconds * 1000) break;
    for (; offered < (elapsedMs / 1000) * perSecond; offered++) {
      const sent = one().finally(() => running.delete(sent));
      running.add(sent);
    }
    await delay(2);
  }
  await Promise.all(running);
  for (const connection of idle) connection.end();
  return outcome;
}

/** The slowest and the median answer of `/healthz` while `work` runs. */
async function health(api: HttpProgram, work: Promise<unknown>): Promise<number[]> {
  let over = false;
  void work.finally(() => {
    over = true;
  });
  const took: number[] = [];
  const connection = new KeptConnection(api.port);
  while (!over) {
    const askedMs = performance.now();
    const { status } = await connection.send(requestBytes('GET', '/healthz'));
    if (status !== 200) throw new Error(`/healthz answered ${status}`);
    took.push(performance.now() - askedMs);
    await delay(50);
  }
  connection.end();
  return took;
}

const inMs = (values: readonly number[]): string =>
  values.length === 0
    ? 'none'
    : `p50 ${percentile(values, 0.5).toFixed(0)} ms, p99 ${percentile(values, 0.99).toFixed(0)} ms, most ${percentile(values, 1).toFixed(0)} ms`;

run(async (cleanup) => {
  printMachine();
  const database = await startDatabase(cleanup);
  const desk = await createDesk(database);
  const api = await startApi(cleanup, { DATABASE_URL: database.url });
  const closed = (requests: number) =>
    closedLoop(api, { connections: 32, requests, status: 201, nextRequest: () => createRequest(desk) });
  await closed(3_000);
  await database.pool.query('VACUUM ANALYZE');
  const capacity = await closed(4_000);
  console.log(
    `capacity, closed loop of 32: ${capacity.perSecond.toFixed(0)}/s, p50 ${capacity.p50Ms.toFixed(0)} ms; offered now: ${(factor * capacity.perSecond).toFixed(0)}/s for ${seconds} s`,
  );
  const offering = offer(api, desk, factor * capacity.perSecond);
  const healthMs = await health(api, offering);
  const outcome = await offering;
  const { rows } = await database.pool.query<{ found: number }>(
    'SELECT count(*)::int AS found FROM ticket WHERE company_id = $1 AND id = ANY ($2)',
    [desk.companyId, outcome.ids],
  );
  console.log(
    `  accepted   ${outcome.ids.length} (${(outcome.ids.length / seconds).toFixed(0)}/s), ${inMs(outcome.acceptedMs)}`,
  );
  console.log(`  refused    ${outcome.refusedMs.length}, ${inMs(outcome.refusedMs)}`);
  for (const [kind, count] of outcome.refusals) console.log(`             ${count} × ${kind}`);
  console.log(
    `  unanswered ${outcome.unanswered}; not offered for want of connections ${outcome.notOffered}`,
  );
  console.log(`  /healthz   ${inMs(healthMs)}`);
  console.log(`  memory     ${api.memoryMb().most.toFixed(0)} MB at most   aim ≤ 512`);
  console.log(`  acknowledged and not found: ${outcome.ids.length - (rows[0]?.found ?? 0)}   aim 0`);
});

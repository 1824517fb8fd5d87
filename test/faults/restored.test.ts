import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Database, openDatabase } from '../../prisma/client';
import { newId } from '../../services/ids';
import { createTicket } from '../../services/tickets/create-ticket';
import { change } from '../../services/transaction';
import type { ApiClient } from '../support/api-client';
import { clientOf } from '../support/api-client';
import { eventually } from '../support/eventually';
import { company, contextFor } from '../support/factories';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import { type OwnServer, type OwnServers, ownServers } from '../support/own-servers';
import { backUp } from '../support/physical-backup';
import { root, startApi, startProgram, startRelay, startWorker } from '../support/processes';
import { unsettled } from '../support/settled';
import { desk, type TicketBody, timeBody } from './desk';

const stack = faultStack({});
/** Where the backup is restored: another cluster, and a Temporal that knows nothing. */
let elsewhere: OwnServers;
let restored: Database | undefined;
let connection: Connection | undefined;

beforeAll(async () => {
  elsewhere = await ownServers();
});

afterAll(async () => {
  await restored?.close();
  await connection?.close();
  await elsewhere.remove();
}, 60_000);

interface Feed {
  readonly data: readonly { readonly id: string; readonly kind: string }[];
  readonly nextCursor: string | null;
}

/** Every event as a reader gets them, page by page. */
async function readFeed(client: ApiClient): Promise<string[]> {
  const read: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await client.get<Feed>(`/v1/events?limit=50${cursor === '' ? '' : `&after=${cursor}`}`);
    read.push(...body.data.map(({ id }) => id));
    if (body.data.length === 0 || body.nextCursor === null) return read;
    cursor = encodeURIComponent(body.nextCursor);
  }
}

test('a backup of the running database, restored beside an empty Temporal: open tickets go on, deadlines and books are kept, the feed goes on', async () => {
  const on = await desk(stack.database, { targetMinutes: 1 });
  const [api, worker, relay] = await Promise.all([stack.startApi(), stack.startWorker(), stack.startRelay()]);
  const agent = stack.client(() => api, on.users.agent.token);
  const admin = stack.client(() => api, on.users.admin.token);
  const create = async (): Promise<string> =>
    (await agent.post<TicketBody>('/v1/tickets', on.ticketBody)).body.id;

  const moved = await create();
  await agent.post('/v1/timesheets', timeBody(moved), { headers: { Prefer: 'wait=20' } });
  expect(
    (await agent.post(`/v1/tickets/${moved}/move`, { stageId: on.team.stages.awaitingCustomer })).status,
  ).toBe(200);
  const closed = await create();
  expect((await agent.post(`/v1/tickets/${closed}/close`, {})).status).toBe(200);
  const secondsLeft = 30;
  const createdAt = new Date(Date.now() - (60 - secondsLeft) * 1000);
  const promised = await createTicket(contextFor(on, { role: 'agent', now: () => createdAt }), {
    teamId: on.team.id,
    subject: 'Due after the restore',
  });
  await stack.settled();
  const before = await readFeed(admin);
  const acknowledged = [moved, closed, promised.id];

  const backup = backUp(stack.postgres, elsewhere.dataDir);
  let writing = true;
  const writer = (async () => {
    while (writing) await create();
  })();
  await backup;
  writing = false;
  await writer;
  await Promise.all([api.kill(), worker.kill(), relay.kill()]);
  await Promise.all([stack.postgres.kill('SIGKILL'), stack.temporal.kill('SIGKILL')]);

  const [postgres, temporal]: OwnServer[] = await Promise.all([
    elsewhere.start('postgres'),
    elsewhere.start('temporal'),
  ]);
  if (postgres === undefined || temporal === undefined) throw new Error('there are no servers');
  restored = openDatabase({ url: postgres.address, poolSize: 4, applicationName: 'test' });
  const database = restored;
  // A backup is older than the minute that the sweep gives a ticket to get its workflow.
  await database.pool.query(
    `UPDATE ticket SET created_at = created_at - interval '2 minutes',
    updated_at = updated_at - interval '2 minutes' WHERE id <> $1`,
    [promised.id],
  );
  await database.pool.query(`UPDATE ticket SET updated_at = updated_at - interval '2 minutes'`);
  const environment = {
    DATABASE_URL: postgres.address,
    TEMPORAL_ADDRESS: temporal.address,
    RECONCILE_EVERY_SECONDS: '5',
  };
  const [again] = await Promise.all([
    startApi(environment),
    startWorker(environment),
    startRelay(environment),
  ]);
  const client = (token: string) => clientOf(() => again.url, token);
  connection = Connection.lazy({ address: temporal.address });
  const temporalClient = new Client({ connection, namespace: 'default' });

  await eventually('every open ticket has its workflow and everything is settled', async () => {
    const pending = await unsettled(database);
    return pending.length === 0 && (await findings({ database, temporalClient }, acknowledged)).length === 0;
  });
  const promise = await eventually('the breach of the promise', async () => {
    const clock = await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: promised.id } });
    return clock.status === 'breached' && clock;
  });
  expect(promise.breachedAt).toEqual(new Date(createdAt.getTime() + 60_000));
  const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(30);
  const feed = await readFeed(client(on.users.admin.token));
  expect(feed.slice(0, before.length)).toEqual(before);
  const resumed = await client(on.users.agent.token).post(`/v1/tickets/${moved}/move`, {
    stageId: on.team.stages.inProgress,
  });
  expect(resumed.status).toBe(200);
  const logged = await client(on.users.agent.token).post<{ id: string }>('/v1/timesheets', timeBody(moved));
  expect(logged.status).toBe(201);
  const later = await readFeed(client(on.users.admin.token));
  expect(later.slice(0, feed.length)).toEqual(feed);
  expect(later.length).toBeGreaterThan(feed.length);
  await eventually('the new time is billed', async () => (await unsettled(database)).length === 0);
  expect(await findings({ database, temporalClient }, acknowledged)).toEqual([]);
}, 240_000);

test('a dump in a new cluster: the step of the runbook makes the feed show restored events, in order, before new ones', async () => {
  const runbook = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
  const step = /```sql\n(SET synchronous_commit[\s\S]*?)```/.exec(runbook)?.[1];
  if (step === undefined) throw new Error('the runbook has no such step');
  const cluster = await ownServers();
  const server = await cluster.start('postgres');
  const migration = startProgram('migrate', { DATABASE_URL: server.address });
  expect((await migration.ended).code).toBe(0);
  const database = openDatabase({ url: server.address, poolSize: 4, applicationName: 'test' });
  try {
    const world = await company(database);
    const { rows } = await database.pool.query<{ now: string }>('SELECT pg_current_xact_id()::text AS now');
    const dumped = [newId('event'), newId('event'), newId('event')];
    const old = Number(rows[0]?.now) + 20_000;
    // As a dump brings them: with the numbers of the transactions of the cluster they come from.
    await database.pool.query(
      `INSERT INTO event (company_id, id, kind, subject_id, actor, transaction_id)
       SELECT $1, id, 'contact.seen', 'con_1', '{"type": "operator"}', ($2::bigint + n)::text::xid8
       FROM unnest($3::text[]) WITH ORDINALITY AS dumped(id, n)`,
      [world.companyId, old, dumped],
    );
    const api = await startApi({ DATABASE_URL: server.address, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const admin = clientOf(() => api.url, world.users.admin.token);
    expect(await readFeed(admin)).toEqual([]);

    const client = await database.pool.connect();
    try {
      for (const statement of step.split(/;\n(?=DO )/)) await client.query(statement);
    } finally {
      client.release();
    }

    await change(contextFor(world), ({ event }) => {
      event({ kind: 'contact.seen', subjectId: 'con_2' });
      return Promise.resolve(null);
    });
    const feed = await readFeed(admin);
    expect(feed.slice(0, 3)).toEqual(dumped);
    expect(feed).toHaveLength(4);
    await api.kill();
  } finally {
    await database.close();
    await cluster.remove();
  }
}, 120_000);

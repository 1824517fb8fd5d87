import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createReadiness } from '../../api/readiness';
import { listen, type RunningServer } from '../../api/server';
import type { Services } from '../../api/services';
import { openDatabase } from '../../prisma/client';
import { relayLock } from '../../services/outbox/backlog';
import { createTicket } from '../../services/tickets/create-ticket';
import { addresses } from '../support/addresses';
import { clientOf, testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, contextFor, employee, slaPolicy, team, ticket, type World } from '../support/factories';
import { killPrograms, type RunningProcess, runApi, startListeningApi } from '../support/processes';

const database = testDatabase();
const api = testApi(database);
let world: World;

beforeAll(async () => {
  world = await company(database);
});
afterEach(killPrograms);

describe('the health of a process', () => {
  it('is told without credentials', async () => {
    const answer = await api.client().get('/healthz');
    expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await api.client().get('/readyz')).status).toBe(200);
  });
});

describe('readiness', () => {
  const answering = () => Promise.resolve();
  const unanswering = () => new Promise<void>(() => {});
  const of = (options: Partial<Parameters<typeof createReadiness>[0]> = {}) =>
    createReadiness({ database, askTemporal: answering, isStopping: () => false, ...options })();
  const partOf = (found: Awaited<ReturnType<Services['readiness']>>, name: string) =>
    found.parts.find((part) => part.name === name);

  /** Holds the lock that a relay which delivers holds. */
  async function withRelay<Result>(work: () => Promise<Result>): Promise<Result> {
    const relay = await database.pool.connect();
    try {
      await relay.query('SELECT pg_advisory_lock($1)', [relayLock]);
      return await work();
    } finally {
      // With the connection it would end a moment after its end was asked for.
      await relay.query('SELECT pg_advisory_unlock($1)', [relayLock]);
      relay.release(true);
    }
  }

  it('is given when every part answers', async () => {
    const found = await withRelay(of);
    expect(found.ready).toBe(true);
    expect(found.parts.map(({ name, ready }) => `${name} ${ready}`)).toEqual([
      'database true',
      'temporal true',
      'relay true',
    ]);
  });

  it.each([
    ['refuses', () => Promise.reject(new Error('connection refused'))],
    ['is silent', unanswering],
  ])('is given while Temporal %s, which is said', async (_how, askTemporal) => {
    const found = await of({ askTemporal });
    expect(found.ready).toBe(true);
    expect(partOf(found, 'temporal')).toMatchObject({
      ready: false,
      detail: expect.stringContaining('decisions'),
    });
  });

  it('is not given without the database', async () => {
    const unreachable = openDatabase({
      url: 'postgresql://nobody@127.0.0.1:1/none',
      poolSize: 2,
      applicationName: 'test',
    });
    const found = await of({ database: unreachable });
    await unreachable.close();
    expect(found.ready).toBe(false);
    expect(partOf(found, 'database')?.ready).toBe(false);
  });

  it('is not given while the process stops', async () => {
    const found = await of({ isStopping: () => true });
    expect(found.ready).toBe(false);
    expect(partOf(found, 'process')?.detail).toContain('stopping');
  });

  it('tells how many jobs wait and how long, and that a minute is too long', async () => {
    const { id } = await ticket(world, await team(world));
    const job = { companyId: world.companyId, ticketId: id, kind: 'ticket_created', reference: {} };
    const createdAt = new Date(Date.now() - 5_000);
    await database.prisma.job.create({ data: { ...job, id: 'job_1', createdAt } });
    await database.prisma.job.create({ data: { ...job, id: 'job_2' } });
    expect(partOf(await withRelay(of), 'relay')).toMatchObject({
      ready: true,
      detail: expect.stringMatching(/^2 waiting for the relay, the oldest for [5-9] s\.$/),
    });
    await database.prisma.job.updateMany({ where: { id: 'job_1' }, data: { createdAt: new Date(0) } });
    const late = await withRelay(of);
    expect(late.ready).toBe(true);
    expect(partOf(late, 'relay')).toMatchObject({
      ready: false,
      detail: expect.stringContaining('Does Temporal answer the relay?'),
    });
    await database.prisma.job.deleteMany();
  });

  it('is given while no relay runs, which is said', async () => {
    const found = await of();
    expect(found.ready).toBe(true);
    expect(partOf(found, 'relay')).toEqual({
      name: 'relay',
      ready: false,
      detail:
        'No relay runs: facts are kept, and their tickets hear of them when one is started. No job waits for the relay.',
    });
  });

  it('tells a pool that is used up from a database that is away', async () => {
    const small = openDatabase({ url: database.url, poolSize: 2, applicationName: 'test' });
    const taken = await Promise.all([small.pool.connect(), small.pool.connect()]);
    const found = await of({ database: small });
    for (const connection of taken) connection.release();
    await small.close();
    expect(found.ready).toBe(false);
    expect(partOf(found, 'database')?.detail).toMatch(/^All 2 connections of this process are in use and \d/);
  });

  it('is not given while the database lacks a migration, which is named', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING migration_name AS name`,
    );
    const found = await of();
    await database.pool.query('UPDATE _prisma_migrations SET rolled_back_at = NULL');
    expect(found.ready).toBe(false);
    expect(partOf(found, 'database')?.detail).toBe(
      `The database lacks ${rows[0]?.name}: run "npm run migrate", or the migrate job.`,
    );
  });
});

/** What a process ended with. */
async function endOf(process: RunningProcess): Promise<{ code: number | null; standardError: string }> {
  const { code } = await process.ended;
  return { code, standardError: process.errorOutput() };
}

describe('the API process', () => {
  it('starts and takes facts while Temporal is down, and says so', async () => {
    const started = await startListeningApi({ DATABASE_URL: database.url });
    const client = clientOf(() => started.url, world.users.admin.token);
    const ready = await client.get<{ ready: boolean; parts: { name: string; ready: boolean }[] }>('/readyz');
    expect(ready).toMatchObject({ status: 200, body: { ready: true } });
    expect(ready.body.parts).toContainEqual(expect.objectContaining({ name: 'temporal', ready: false }));
    expect((await client.post('/v1/contacts', { kind: 'person', name: 'Ada' })).status).toBe(201);
    started.signal('SIGTERM');
    expect(await endOf(started)).toEqual({ code: 0, standardError: '' });
  });

  it('knows Temporal where it runs, and shows its figures on a port of their own', async () => {
    const promising = await team(world);
    await slaPolicy(world, promising);
    await createTicket(contextFor(world), { teamId: promising.id, subject: 'With a promise' });
    await database.prisma.job.deleteMany();
    const started = await startListeningApi({
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: addresses.temporal.get(),
    });
    const ready = await clientOf(() => started.url).get('/readyz');
    expect(ready.body).toMatchObject({
      ready: true,
      parts: expect.arrayContaining([{ name: 'temporal', ready: true, detail: 'Temporal answers.' }]),
    });
    const text = await (await fetch(started.metricsUrl)).text();
    expect(text).toContain('keepdesk_http_requests_total{method="GET",status="200"} 1');
    expect(text).toMatch(/^keepdesk_database_connections\{state="idle"\} \d+$/m);
    expect(text).toMatch(/^keepdesk_relay_jobs 0$/m);
    expect(text).toMatch(/^keepdesk_relay_lag_seconds 0$/m);
    expect(text).toMatch(/^keepdesk_relay_running 0$/m);
    expect(text).toMatch(/^keepdesk_sla_clocks_running 1$/m);
    expect(text).toMatch(/^keepdesk_sla_clocks_paused 0$/m);
    expect(text).toMatch(/^keepdesk_sla_breaches_late 0$/m);
    await database.pool.query(
      `UPDATE sla_clock SET status = 'breached', breached_at = now() - interval '31 seconds', observed_at = now()`,
    );
    const after = await (await fetch(started.metricsUrl)).text();
    expect(after).toMatch(/^keepdesk_sla_clocks_running 0$/m);
    expect(after).toMatch(/^keepdesk_sla_breaches_late 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect((await fetch(started.metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(`${started.url}/metrics`)).status).toBe(404);
  });

  it('lets a running request end when it is told to stop, and takes no new one', async () => {
    const started = await startListeningApi({ DATABASE_URL: database.url });
    const client = clientOf(() => started.url, world.users.admin.token);
    const holder = await database.pool.connect();
    let answer: ReturnType<typeof client.patch>;
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT id FROM company WHERE id = $1 FOR UPDATE', [world.companyId]);
      answer = client.patch('/v1/companies/current', { name: 'Changed while stopping' });
      await somebodyWaitsForALock();
      started.signal('SIGTERM');
      await untilRefused(started.url);
      await holder.query('COMMIT');
    } finally {
      holder.release();
    }
    expect(await answer).toMatchObject({ status: 200, body: { name: 'Changed while stopping' } });
    expect((await answer).headers.get('connection')).toBe('close');
    expect((await started.ended).code).toBe(0);
  });

  it('serves on while it drains and says so, then answers whoever only waits, and ends', async () => {
    const started = await startListeningApi({
      DATABASE_URL: database.url,
      DRAIN_SECONDS: '3',
      SHUTDOWN_SECONDS: '20',
    });
    const client = clientOf(() => started.url, world.users.admin.token);
    const ofTeam = await team(world);
    await employee(world, { userId: world.users.admin.id });
    const { id: ticketId } = await ticket(world, ofTeam);
    const waiting = client.post<{ billing: { state: string } }>(
      '/v1/timesheets',
      { ticketId, date: '2026-11-23', minutes: 5, description: 'Looked at it' },
      { headers: { Prefer: 'wait=30' } },
    );
    await eventually('the entry is written', () =>
      database.prisma.timesheetEntry.findFirst().then((row) => row !== null),
    );
    started.signal('SIGTERM');

    const unready = await eventually('the process says that it stops', async () => {
      const answer = await client.get<{ detail: string }>('/readyz');
      return answer.status === 503 && answer;
    });
    expect(unready.body.detail).toContain('stopping');
    const served = await client.get('/v1/companies/current');
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    const answer = await waiting;
    expect([answer.status, answer.body.billing.state]).toEqual([201, 'pending']);
    expect(await endOf(started)).toEqual({ code: 0, standardError: '' });
  }, 120_000);

  const sentences: readonly [string, () => Record<string, string>, RegExp][] = [
    [
      'a variable is bad',
      () => ({ DATABASE_URL: 'mysql://localhost/x' }),
      /DATABASE_URL: must be a PostgreSQL address/,
    ],
    [
      'the database cannot be reached',
      () => ({ DATABASE_URL: 'postgresql://someone:a-secret@127.0.0.1:1/keepdesk' }),
      /^PostgreSQL does not answer at 127\.0\.0\.1:1\/keepdesk: start it/,
    ],
    [
      'there is no such database',
      () => ({ DATABASE_URL: database.url.replace(/\/[^/]*$/, '/nowhere') }),
      /has no such database: create it/,
    ],
    [
      'the database has no tables',
      () => ({ DATABASE_URL: database.url.replace(/\/[^/]*$/, '/postgres') }),
      /has no tables yet: run "npm run migrate" first/,
    ],
  ];
  it.each(sentences)('ends with one sentence when %s', async (_when, environment, sentence) => {
    const { code, standardError } = await endOf(runApi(environment()));
    expect(code).toBe(1);
    expect(standardError).toMatch(sentence);
    expect(standardError.trimEnd().split('\n')).toHaveLength(1);
    expect(standardError).not.toContain('a-secret');
  });

  it('ends with one sentence when its port is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, standardError } = await endOf(runApi({ DATABASE_URL: database.url, PORT: String(port) }));
    taken.close();
    expect({ code, standardError }).toEqual({
      code: 1,
      standardError: `Port ${port} of 127.0.0.1 is in use: stop what uses it, or set PORT to a free port.\n`,
    });
  });
});

async function somebodyWaitsForALock(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query<{ waiting: boolean }>(
      `SELECT count(*) > 0 AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]?.waiting === true) return;
  }
}

/** Resolves when the process takes no more connections. */
async function untilRefused(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.on('connect', () => resolve(false)).on('error', () => resolve(true));
      socket.on('connect', () => socket.destroy());
    });
    if (refused) return;
  }
}

describe('the server', () => {
  let server: RunningServer | undefined;
  afterEach(async () => {
    await server?.stop(0);
    server = undefined;
  });

  it('cuts what does not end within its limit', async () => {
    server = await listen(() => {}, { host: '127.0.0.1', port: 0, setting: 'PORT' });
    const hanging = fetch(`http://127.0.0.1:${server.port}/`).then(
      () => 'answered',
      () => 'cut',
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
    await server.stop(50);
    expect(await hanging).toBe('cut');
  });

  it('shares its port with nobody', async () => {
    const place = { host: '127.0.0.1', setting: 'PORT' };
    server = await listen(() => {}, { ...place, port: 0 });
    const other = listen(() => {}, { ...place, port: server.port });
    void other.then((shared) => shared.stop(0)).catch(() => undefined);
    await expect(other).rejects.toThrow(/is in use/);
  });

  it('accepts a crowd of new connections in a few turns of the event loop', async () => {
    const crowd = 64;
    let arrived = 0;
    server = await listen(
      (_request, response) => {
        arrived += 1;
        response.end();
      },
      { host: '127.0.0.1', port: 0, setting: 'PORT' },
    );
    const { port } = server;
    const sockets = Array.from({ length: crowd }, () => connect(port, '127.0.0.1'));
    const closed = sockets.map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n').resume();
    let turns = 0;
    for (; arrived < crowd; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.all(closed);
    expect(turns).toBeLessThan(crowd / 2);
  });

  it('refuses a head that is too large', async () => {
    server = await listen((_request, response) => void response.end('fine'), {
      host: '127.0.0.1',
      port: 0,
      setting: 'PORT',
    });
    const url = `http://127.0.0.1:${server.port}/`;
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { headers: { 'X-Large': 'x'.repeat(20_000) } })).status).toBe(431);
  });
});

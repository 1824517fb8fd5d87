import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type Database, openDatabase } from '../../prisma/client';
import { type ApiClient, clientOf } from './api-client';
import type { TestDatabase } from './database';
import { type OwnServer, type OwnServers, ownServers } from './own-servers';
import {
  type ApiProcess,
  killPrograms,
  type RunningProcess,
  startApi,
  startProgram,
  startRelay,
  startWorker,
  testRelayPollMs,
} from './processes';
import { unsettled } from './settled';
import { type StoppingPoints, stoppingPoints } from './stopping-points';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

type Variables = Readonly<Record<string, string>>;

/** Real processes over real servers for one test file. */
export interface FaultStack {
  readonly database: Database;
  readonly temporalClient: Client;
  readonly temporal: OwnServer;
  /** The file's own server, where it was asked for. */
  readonly postgres: OwnServer;
  readonly points: StoppingPoints;
  startApi(environment?: Variables): Promise<ApiProcess>;
  /** @param release folder of another release than this checkout's. */
  startWorker(environment?: Variables, release?: string): Promise<RunningProcess>;
  startRelay(environment?: Variables): Promise<RunningProcess>;
  /** Environment that leads a process to a server through a proxy. */
  through(proxy: TcpProxy, server: 'postgres' | 'temporal'): Variables;
  proxyTo(server: 'postgres' | 'temporal'): Promise<TcpProxy>;
  /** Requests to an API process, each answer checked against the document. */
  client(api: () => ApiProcess, token: string): ApiClient;
  /** Waits until the outbox is empty and everything logged or requested has had its effect. */
  settled(): Promise<void>;
}

const settleLimitMs = 60_000;
const serversLimitMs = 120_000;

/**
 * The stack of the calling test file: a Temporal server of its own and, with `ownPostgres`, a durable PostgreSQL
 * that may be killed; else the file's database on the run's server. Call it once at the top of the file. Processes
 * live until the test ends them; what is left is ended after the file's tests.
 */
export function faultStack(options: { readonly database?: TestDatabase }): FaultStack {
  let servers: OwnServers | undefined;
  let temporal: OwnServer | undefined;
  let postgres: OwnServer | undefined;
  let database: Database | undefined = options.database;
  let connection: Connection | undefined;
  let points: StoppingPoints | undefined;
  const proxies: TcpProxy[] = [];

  const there = <Value>(value: Value | undefined, what: string): Value => {
    if (value === undefined) throw new Error(`${what} is there only inside hooks and tests`);
    return value;
  };
  const databaseUrl = (): string => options.database?.url ?? there(postgres, 'PostgreSQL').address;
  const temporalAddress = (): string => there(temporal, 'Temporal').address;
  const environment = (more: Variables = {}): Variables => ({
    DATABASE_URL: databaseUrl(),
    TEMPORAL_ADDRESS: temporalAddress(),
    REQUESTS_PER_MINUTE: '1000000',
    RELAY_POLL_MS: String(testRelayPollMs),
    // What comes right must do so without the sweep that mends everything.
    RECONCILE_EVERY_SECONDS: '86400',
    ...more,
  });

  beforeAll(async () => {
    servers = await ownServers();
    const starting = servers.start('temporal');
    if (options.database === undefined) {
      postgres = await servers.start('postgres');
      const migration = startProgram('migrate', { DATABASE_URL: postgres.address });
      const { code } = await migration.ended;
      if (code !== 0) throw new Error(migration.output());
      database = openDatabase({ url: postgres.address, poolSize: 10, applicationName: 'test' });
    }
    temporal = await starting;
    connection = Connection.lazy({ address: temporal.address });
    points = await stoppingPoints(databaseUrl());
  }, serversLimitMs);

  const close = async (): Promise<void> => {
    await points?.openAll();
    await killPrograms();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await connection?.close();
    if (options.database === undefined) await database?.close();
    await servers?.remove();
  };
  options.database?.beforeClose(close);
  if (options.database === undefined) afterAll(close, serversLimitMs);

  return {
    get database() {
      return there(database, 'the database');
    },
    get temporal() {
      return there(temporal, 'Temporal');
    },
    get postgres() {
      return there(postgres, 'a PostgreSQL of its own');
    },
    get points() {
      return there(points, 'the database');
    },
    get temporalClient() {
      return new Client({ connection: there(connection, 'Temporal'), namespace: 'default' });
    },
    startApi: (more) => startApi(environment(more)),
    startWorker: (more, release) => startWorker(environment(more), release),
    startRelay: (more) => startRelay(environment(more)),
    through(proxy, server) {
      if (server === 'temporal') return { TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` };
      const url = new URL(databaseUrl());
      url.port = String(proxy.port);
      return { DATABASE_URL: url.href };
    },
    async proxyTo(server) {
      const address = server === 'temporal' ? `tcp://${temporalAddress()}` : databaseUrl();
      const proxy = await startTcpProxy(Number(new URL(address).port));
      proxies.push(proxy);
      return proxy;
    },
    client: (api, token) => clientOf(() => api().url, token),
    async settled() {
      const deadline = Date.now() + settleLimitMs;
      for (;;) {
        const pending = await unsettled(there(database, 'the database'));
        if (pending.length === 0) return;
        if (Date.now() > deadline) throw new Error(`still pending: ${pending.join(', ')}`);
        await delay(25);
      }
    },
  };
}

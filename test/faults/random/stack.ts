import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type Database, openDatabase } from '../../../prisma/client';
import { type OwnServer, type OwnServers, ownServers } from '../../support/own-servers';
import {
  killPrograms,
  type RunningProcess,
  startApi,
  startProgram,
  startRelay,
  startWorker,
} from '../../support/processes';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import { type LinkName, linkNames, type ProcessName, processNames, type ServerName } from './fault-plan';

const startAgainPauseMs = 200;
const startLimitMs = 120_000;
/** Short, so that a client that holds on learns soon whether its decision was taken. */
const decisionDeadlineMs = 3_000;
const poolSize = 8;
/** Nobody listens here: the port of multiplexed services, which has none. */
const unusedPort = 1;

/** One of the product's processes: started again after each end, like under any supervisor. */
export class ProcessPlace {
  private running: RunningProcess | undefined;
  private starting: Promise<void> | undefined;

  constructor(
    readonly name: ProcessName,
    private readonly launch: () => Promise<RunningProcess>,
    private readonly on: { ended(log: string): void; trouble(text: string): void },
  ) {}

  /** Starts it unless it runs, again and again while what it needs to start is away. */
  async start(): Promise<void> {
    if (this.running !== undefined) return;
    this.starting ??= this.startAtLast().finally(() => {
      this.starting = undefined;
    });
    await this.starting;
  }

  private async startAtLast(): Promise<void> {
    const deadline = Date.now() + startLimitMs;
    for (;;) {
      try {
        const started = await this.launch();
        this.running = started;
        void started.ended.then(({ code, signal }) => this.onEnd(started, code ?? signal));
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(startAgainPauseMs);
      }
    }
  }

  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.kill();
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.running?.signal(name);
  }

  private onEnd(ended: RunningProcess, how: number | string | null): void {
    this.on.ended(ended.output());
    if (this.running !== ended) return;
    this.running = undefined;
    const last = ended.output().trim().split('\n').slice(-3).join('\n');
    this.on.trouble(`${this.name} ended by itself (${how}):\n${last}`);
    void this.start();
  }
}

/** Everything a random run runs on. */
export interface Stack {
  /** Beside all links, for the harness itself. */
  readonly database: Database;
  readonly temporalClient: Client;
  readonly servers: Readonly<Record<ServerName, OwnServer>>;
  readonly processes: ReadonlyMap<ProcessName, ProcessPlace>;
  readonly links: ReadonlyMap<LinkName, TcpProxy>;
  /** The APIs as clients reach them, through their links. */
  readonly apiUrls: readonly string[];
  /** Ends of processes that nobody caused. */
  readonly troubles: string[];
  close(): Promise<void>;
}

/**
 * Starts PostgreSQL and Temporal with their data in files, and two each of the product's processes, every link
 * between them through a proxy. What the processes say is kept in `logFolder`.
 */
export async function startStack(logFolder: string): Promise<Stack> {
  mkdirSync(logFolder, { recursive: true });
  const owned = await ownServers();
  const links = new Map<LinkName, TcpProxy>();
  try {
    return await startOn(owned, links, logFolder);
  } catch (error) {
    await killPrograms();
    await Promise.all([...links.values()].map((link) => link.close()));
    await owned.remove();
    throw error;
  }
}

async function startOn(owned: OwnServers, links: Map<LinkName, TcpProxy>, logFolder: string): Promise<Stack> {
  const [postgres, temporal] = await Promise.all([owned.start('postgres'), owned.start('temporal')]);
  const migration = startProgram('migrate', { DATABASE_URL: postgres.address });
  const { code } = await migration.ended;
  if (code !== 0) throw new Error(migration.output());
  /** An API has another port after each start. */
  const apiPorts = new Map<ProcessName, number>();
  const portOf = (link: LinkName): number | (() => number) => {
    const api = processNames.find((name) => link === `clients to ${name}`);
    if (api !== undefined) return () => apiPorts.get(api) ?? unusedPort;
    const address = link.endsWith('postgres') ? postgres.address : `tcp://${temporal.address}`;
    return Number(new URL(address).port);
  };
  for (const name of linkNames) links.set(name, await startTcpProxy(portOf(name)));

  const troubles: string[] = [];
  let closing = false;
  const place = (name: ProcessName): ProcessPlace => {
    const url = new URL(postgres.address);
    url.port = String(links.get(`${name} to postgres`)?.port);
    const environment = {
      DATABASE_URL: url.href,
      DATABASE_POOL_SIZE: String(poolSize),
      TEMPORAL_ADDRESS: `127.0.0.1:${links.get(`${name} to temporal`)?.port}`,
      DECISION_DEADLINE_MS: String(decisionDeadlineMs),
      REQUESTS_PER_MINUTE: '1000000',
      // What comes right must do so without the sweep that mends everything.
      RECONCILE_EVERY_SECONDS: '86400',
    };
    const launch = async (): Promise<RunningProcess> => {
      if (name.startsWith('api')) {
        apiPorts.delete(name);
        const api = await startApi(environment);
        apiPorts.set(name, Number(new URL(api.url).port));
        return api;
      }
      return name.startsWith('worker') ? startWorker(environment) : startRelay(environment);
    };
    return new ProcessPlace(name, launch, {
      ended: (log) => appendFileSync(join(logFolder, `${name.replace(' ', '-')}.log`), log),
      trouble: (text) => void (closing || troubles.push(text)),
    });
  };
  const processes = new Map(processNames.map((name) => [name, place(name)]));
  await Promise.all([...processes.values()].map((process) => process.start()));
  const connection = Connection.lazy({ address: temporal.address });
  const database = openDatabase({ url: postgres.address, poolSize: 5, applicationName: 'faults' });
  return {
    database,
    temporalClient: new Client({ connection, namespace: 'default' }),
    servers: { postgres, temporal },
    processes,
    links,
    apiUrls: ['clients to api 1', 'clients to api 2'].map(
      (name) => `http://127.0.0.1:${links.get(name as LinkName)?.port}`,
    ),
    troubles,
    async close() {
      closing = true;
      await Promise.all([...processes.values()].map((process) => process.kill()));
      await killPrograms();
      await Promise.all([...links.values()].map((link) => link.close()));
      await connection.close();
      await database.close();
      await owned.remove();
    },
  };
}

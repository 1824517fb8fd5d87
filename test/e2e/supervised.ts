import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/free-ports';
import { type RunningProcess, startNode } from '../support/processes';

/** What `npm start` runs after its set-up. */
export const supervisor = 'scripts/supervisor.mjs';

export interface Credentials {
  readonly apiUrl: string;
  readonly temporalUiUrl: string;
  readonly users: readonly { readonly role: string; readonly email: string; readonly password: string }[];
  readonly apiKeys: readonly { readonly role: string; readonly key: string }[];
  readonly companyId: string;
}

/** A data folder with ports of its own; what ran in it is ended with it. */
export interface DataFolder {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  credentials(): Promise<Credentials>;
  /** Starts the stack and waits until it says that it is ready. @throws Error with its output when it ends before */
  start(environment?: Readonly<Record<string, string>>): Promise<RunningProcess>;
  /** Process ids of the stack's parts by name. */
  parts(): Promise<ReadonlyMap<string, number>>;
  remove(): Promise<void>;
}

/** The first start makes the database, the demo company and its story; other tests run beside it. */
const startLimitMs = 180_000;
const partNames = ['api', 'worker', 'relay', 'temporal', 'postgres'];

/** Makes an empty data folder. */
export async function dataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), 'keepdesk-e2e-'));
  const [port = 0, uiPort = 0, smtpPort = 0] = await freePorts(3);
  const environment = {
    DATA_DIR: path,
    PORT: String(port),
    TEMPORAL_UI_PORT: String(uiPort),
    SMTP_PORT: String(smtpPort),
  };
  let running: RunningProcess | undefined;
  return {
    path,
    environment,
    async credentials() {
      return JSON.parse(await readFile(join(path, 'demo-credentials.json'), 'utf8')) as Credentials;
    },
    async start(other = {}) {
      const started = startNode(supervisor, [], { ...environment, ...other });
      running = started;
      const settled = () => started.hasEnded() || started.output().includes('Ctrl-C stops everything');
      await eventually('the stack is ready', () => Promise.resolve(settled()), startLimitMs);
      if (started.hasEnded()) throw new Error(started.output());
      return started;
    },
    async parts() {
      const read = async (name: string): Promise<[string, number]> => {
        const { pid } = JSON.parse(await readFile(join(path, 'run', `${name}.json`), 'utf8')) as {
          pid: number;
        };
        return [name, pid];
      };
      return new Map(await Promise.all(partNames.map(read)));
    },
    async remove() {
      if (running?.hasEnded() === false) await running.stop();
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whether a process of this id lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

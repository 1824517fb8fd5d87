import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(__dirname, '..', '..');
const startLimitMs = 60_000;

export interface EndedProcess {
  readonly code: number | null;
  readonly standardError: string;
}

export interface ApiProcess {
  readonly url: string;
  readonly metricsUrl: string;
  readonly child: ChildProcess;
  /** What it ended with; resolves when it has. */
  readonly ended: Promise<EndedProcess>;
}

const running = new Set<ChildProcess>();

/** Ends what a test has left running; call it after each. */
export function killApiProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Runs the compiled API with nothing in its environment but this. */
export function runApi(environment: Readonly<Record<string, string>>): {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedProcess>;
} {
  const child = spawn(process.execPath, [join(root, 'dist', 'api', 'main.js')], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      METRICS_PORT: '0',
      DRAIN_SECONDS: '0',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let standardError = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    standardError += text;
  });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, standardError };
  });
  return { child, ended };
}

/** Starts the API process and waits until it listens. */
export async function startApi(environment: Readonly<Record<string, string>>): Promise<ApiProcess> {
  const { child, ended } = runApi(environment);
  if (child.stdout === null) throw new Error('the process has no output');
  const lines = createInterface({ input: child.stdout });
  const ports = await new Promise<{ port: number; metricsPort: number }>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the API process did not listen in time')), startLimitMs);
    void ended.then(({ standardError }) => reject(new Error(`the API process ended: ${standardError}`)));
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as { msg?: string; port?: number; metricsPort?: number };
      if (entry.msg !== 'listening') return;
      clearTimeout(late);
      resolve({ port: entry.port ?? 0, metricsPort: entry.metricsPort ?? 0 });
    });
  });
  const url = `http://127.0.0.1:${ports.port}`;
  return { url, metricsUrl: `http://127.0.0.1:${ports.metricsPort}/metrics`, child, ended };
}

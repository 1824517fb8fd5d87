import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const root = join(__dirname, '..', '..');

/** The compiled programs as `npm run api`, `worker`, `relay` and `migrate` start them. */
const programs = {
  api: 'dist/api/main.js',
  worker: 'dist/worker/main.js',
  relay: 'dist/worker/relay-main.js',
  migrate: 'dist/scripts/migrate.js',
} as const;

export type ProgramName = keyof typeof programs;

/** A relay has little to do in a test, and looks less often than in production, to leave the machine to the rest. */
export const testRelayPollMs = 60;

/** Generous: the machine may be busy with other tests. */
const startLimitMs = 60_000;
const endLimitMs = 45_000;

export interface EndedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  /** Everything it has written so far. */
  output(): string;
  /** What of it went to standard error. */
  errorOutput(): string;
  /** The first line of JSON whose message is this one; waits for it. @throws Error when the process ends before */
  said(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its own end. */
  stop(): Promise<EndedProcess>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<EndedProcess>;
  hasEnded(): boolean;
}

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', killAll);

/** Ends every program of the product this test file has started and not ended; call it after the file's tests. */
export async function killPrograms(): Promise<void> {
  await Promise.all([...startedPrograms].map((program) => program.kill()));
}

let canFollow: boolean | undefined;

/** Options that let a child die with this process where the system knows how (Linux). */
function followParent(): readonly string[] {
  canFollow ??=
    spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout?.includes('--pdeathsig') ?? false;
  return canFollow ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
}

/**
 * Prisma's WebAssembly stays as it was first compiled: to compile it better takes half a second of processor for each
 * process, and none that a test starts lives long enough to profit.
 */
const quickToCompile = '--liftoff-only';

/** Starts a Node.js program of the checkout with nothing in its environment but this. */
export function startNode(
  program: string,
  programArguments: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): RunningProcess {
  const [command = '', ...rest] = [
    ...followParent(),
    process.execPath,
    quickToCompile,
    resolve(root, program),
    ...programArguments,
  ];
  const child = spawn(command, rest, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return observe(child, program, ended);
}

function observe(child: ChildProcess, program: string, ended: Promise<EndedProcess>): RunningProcess {
  let output = '';
  let errorOutput = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (stream === child.stderr) errorOutput += text;
    });
  }
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const endedWithin = async (limitMs: number): Promise<EndedProcess> => {
    const end = await Promise.race([ended, delay(limitMs, undefined, { ref: false })]);
    if (end !== undefined) return end;
    child.kill('SIGKILL');
    throw new Error(`${program} did not end within ${limitMs / 1000} s:\n${output.slice(-2000)}`);
  };
  return {
    pid: child.pid ?? 0,
    output: () => output,
    errorOutput: () => errorOutput,
    async said(message) {
      const deadline = Date.now() + startLimitMs;
      for (;;) {
        const entry = linesOf(output).find((line) => line.msg === message);
        if (entry !== undefined) return entry;
        if (over || Date.now() > deadline) {
          const why = over ? 'it ended' : `not within ${startLimitMs / 1000} s`;
          throw new Error(`${program} did not say “${message}” (${why}):\n${output.slice(-2000)}`);
        }
        await delay(10);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await endedWithin(endLimitMs);
    },
    stop() {
      child.kill('SIGTERM');
      return endedWithin(endLimitMs);
    },
    signal: (name) => void child.kill(name),
    ended,
    hasEnded: () => over,
  };
}

function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What a program has logged so far. */
export function loggedBy(program: RunningProcess): readonly Readonly<Record<string, unknown>>[] {
  return linesOf(program.output());
}

const startedPrograms = new Set<RunningProcess>();

/** Starts one of the product's programs, of this checkout or of another release's folder. */
export function startProgram(
  name: ProgramName,
  environment: Readonly<Record<string, string | undefined>>,
  release = root,
): RunningProcess {
  const program = startNode(join(release, programs[name]), [], environment);
  startedPrograms.add(program);
  void program.ended.then(() => startedPrograms.delete(program));
  return program;
}

export interface ApiProcess extends RunningProcess {
  /** `http://127.0.0.1:port`; the port is another after a restart. */
  readonly url: string;
  readonly metricsUrl: string;
}

/** Runs the API on free ports, whatever becomes of it; Temporal is away unless the environment names it. */
export function runApi(environment: Readonly<Record<string, string | undefined>>): RunningProcess {
  return startProgram('api', {
    PORT: '0',
    METRICS_PORT: '0',
    DRAIN_SECONDS: '0',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    ...environment,
  });
}

/** Starts the API and waits until it listens; nothing was asked of it yet. */
export async function startListeningApi(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiProcess> {
  const api = runApi(environment);
  const { port, metricsPort } = await api.said('listening');
  return {
    ...api,
    url: `http://127.0.0.1:${String(port)}`,
    metricsUrl: `http://127.0.0.1:${String(metricsPort)}/metrics`,
  };
}

/** Starts the API and waits until it is ready. */
export async function startApi(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiProcess> {
  const api = await startListeningApi(environment);
  await untilReady(api.url);
  return api;
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  for (;;) {
    const response = await fetch(`${url}/readyz`);
    const text = await response.text();
    if (response.status === 200) return;
    if (Date.now() > deadline) throw new Error(`the API is not ready: ${text}`);
    await delay(20);
  }
}

/** Starts a worker and waits until it polls. */
export async function startWorker(
  environment: Readonly<Record<string, string | undefined>>,
  release?: string,
): Promise<RunningProcess> {
  const worker = startProgram('worker', environment, release);
  await worker.said('worker runs');
  return worker;
}

/** Starts a relay and waits until it runs; the first of several delivers, the others stand by. */
export async function startRelay(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningProcess> {
  const relay = startProgram('relay', environment);
  await relay.said('relay runs');
  return relay;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cleanup, option } from './run';
import { root, temporaryFolder } from './servers';

/** Linux counts the processor time of a process in hundredths of a second. */
const millisecondsPerTick = 10;
const startLimitMs = 60_000;

export interface Program {
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  /** The first line of JSON whose message is this one; waits for it. */
  said(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** Processor time it has used so far, of all its threads, in user and kernel mode. */
  cpuMs(): number;
  /** Memory it holds now, and the most it ever held. */
  memoryMb(): { readonly now: number; readonly most: number };
  stop(): Promise<void>;
}

/**
 * Starts a compiled program (`api/main`, `bench/floors/create-ticket`) with nothing in its environment but this, its
 * log in a file. With `--profile <folder>` on the command line it leaves a profile of its processor time there.
 */
export function startProgram(
  cleanup: Cleanup,
  program: string,
  environment: Readonly<Record<string, string>>,
): Program {
  const logFile = join(temporaryFolder(cleanup), 'log');
  const log = openSync(logFile, 'a');
  const profiles = option('profile');
  const profiling =
    profiles === undefined
      ? []
      : [
          '--cpu-prof',
          `--cpu-prof-dir=${profiles}`,
          `--cpu-prof-name=${program.replaceAll('/', '-')}.cpuprofile`,
        ];
  const child = spawn(process.execPath, [...profiling, join(root, 'dist', `${program}.js`)], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = once(child, 'close');
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const output = () => readFileSync(logFile, 'utf8');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    process.removeListener('exit', kill);
  };
  cleanup.later(stop);
  const pid = child.pid ?? 0;
  return {
    pid,
    output,
    async said(message) {
      const deadline = Date.now() + startLimitMs;
      for (;;) {
        const line = output()
          .split('\n')
          .slice(0, -1)
          .find((each) => each.includes(`"msg":"${message}"`));
        if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
        if (over || Date.now() > deadline)
          throw new Error(`${program} did not say “${message}”:\n${output().slice(-2000)}`);
        await delay(5);
      }
    },
    cpuMs() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick;
    },
    memoryMb() {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { now: of('VmRSS'), most: of('VmHWM') };
    },
    stop,
  };
}

export interface HttpProgram extends Program {
  readonly port: number;
}

/** Starts a program that serves HTTP on a free port and says so in a line of its log, as the API does. */
export async function startHttpProgram(
  cleanup: Cleanup,
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<HttpProgram> {
  const started = startProgram(cleanup, program, { PORT: '0', METRICS_PORT: '0', ...environment });
  const { port } = await started.said('listening');
  return { ...started, port: Number(port) };
}

/** The API as `npm run api` starts it; the request limit alone is out of the way. */
export function startApi(
  cleanup: Cleanup,
  environment: Readonly<Record<string, string>>,
): Promise<HttpProgram> {
  return startHttpProgram(cleanup, 'api/main', {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    REQUESTS_PER_MINUTE: '1000000',
    ...environment,
  });
}

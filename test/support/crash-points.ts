import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramName, type RunningProcess, root } from './processes';

/** What a program counts, and where it dies. */
export interface CrashPlan {
  /** A company of the path's own: its rows, workflows and jobs are the path's. */
  readonly companyId: string;
  /** Of the path's one request. */
  readonly idempotencyKey: string;
  /** The boundary at which the process dies by SIGKILL; `null` only names them all. */
  readonly dieAt: string | null;
}

export type CrashingProgram = Exclude<ProgramName, 'migrate'>;

/** A program of the product that names the boundaries it passes and dies at one where it is told to. */
export interface CrashProgram<Running extends RunningProcess> {
  readonly name: CrashingProgram;
  readonly running: Running;
  /** From now on the plan counts; what was passed before is forgotten. */
  plan(plan: CrashPlan): Promise<void>;
  /** The boundaries passed under the plan so far, in order. */
  passed(): Promise<string[]>;
  endPlan(): Promise<void>;
  /** Starts it again after it has died. */
  startAgain(): Promise<void>;
}

const preload = join(__dirname, 'crash-points-preload.cjs');
/** The product's own, which it begins to read too late for what the preload loads. */
const compileCache = join(root, 'dist', 'compile-cache');

/** Starts a program with the preload that names boundaries; `folder` is where it is told its plans. */
export async function startCrashProgram<Running extends RunningProcess>(
  name: CrashingProgram,
  folder: string,
  start: (environment: Readonly<Record<string, string>>) => Promise<Running>,
): Promise<CrashProgram<Running>> {
  const planFile = join(folder, `${name}.json`);
  const passedFile = `${planFile}.passed`;
  const environment = {
    NODE_OPTIONS: `--require ${JSON.stringify(preload)}`,
    NODE_COMPILE_CACHE: compileCache,
    CRASH_POINTS: planFile,
  };
  let running = await start(environment);
  return {
    name,
    get running() {
      return running;
    },
    async plan(plan) {
      await rm(passedFile, { force: true });
      await writeFile(`${planFile}.new`, JSON.stringify(plan));
      await rename(`${planFile}.new`, planFile);
    },
    async passed() {
      const text = await readFile(passedFile, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    endPlan: () => rm(planFile, { force: true }),
    async startAgain() {
      running = await start(environment);
    },
  };
}

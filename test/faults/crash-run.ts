import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../support/api-client';
import type { CrashingProgram } from '../support/crash-points';
import { eventually } from '../support/eventually';
import { findings } from '../support/findings';
import type { CrashLane } from './crash-lane';
import type { CrashPath, PreparedPath } from './crash-paths';

/** A boundary of a path: the program dies there once. */
export interface CrashPoint {
  readonly path: CrashPath;
  readonly program: CrashingProgram;
  /** The boundary's name, as the program gives it. */
  readonly boundary: string;
  /** The boundary of the path that the program passes next; absent after the last. */
  readonly next?: string | undefined;
}

/** What a path leaves where nobody dies. */
export interface RecordedPath {
  readonly path: CrashPath;
  readonly points: readonly CrashPoint[];
  /** Rows of the company by table, and events by kind. */
  readonly footprint: Readonly<Record<string, number>>;
}

/** An activity of a worker that died is given up after 30 seconds, and a start on a busy machine takes its time. */
const answerLimitMs = 180_000;

const programNames: readonly CrashingProgram[] = ['api', 'relay', 'worker'];

/** Plays a path on which nobody dies and names its boundaries. */
export async function recordPath(lane: CrashLane, path: CrashPath): Promise<RecordedPath> {
  const { points, footprint } = await play(lane, path);
  return { path, points: points.filter(({ boundary }) => boundary.includes(path.activity ?? '')), footprint };
}

/**
 * The same, played twice, and what came both times counts: a slow machine may lead to a second attempt at something,
 * or to a worker that hears later that a workflow has ended.
 */
export async function recordPathTwice(lane: CrashLane, path: CrashPath): Promise<RecordedPath> {
  const recorded = await recordPath(lane, path);
  const again = await recordPath(lane, path);
  const came = new Set(again.points.map(({ program, boundary }) => `${program} ${boundary}`));
  return {
    ...recorded,
    points: recorded.points.filter(({ program, boundary }) => came.has(`${program} ${boundary}`)),
  };
}

async function play(lane: CrashLane, path: CrashPath): Promise<RecordedPath> {
  const prepared = await path.prepare(lane);
  const { companyId, idempotencyKey } = prepared;
  for (const name of programNames) {
    await lane.programs[name].plan({ companyId, idempotencyKey, dieAt: null });
  }
  const { status, text } = await answerOf(path, prepared);
  if (status !== path.status) throw new Error(`${path.name} is answered ${status}: ${text}`);
  await lane.settled(companyId);
  const points: CrashPoint[] = [];
  for (const name of programNames) {
    const program = lane.programs[name];
    const passed = await eventually(`the ends of all that the ${name} began`, async () => {
      const names = await program.passed();
      const ended = new Set(names);
      return names.every((each) => ended.has(each.replace(/^before /, 'after '))) && names;
    });
    await program.endPlan();
    points.push(
      ...passed.map((boundary, index) => ({ path, program: name, boundary, next: passed[index + 1] })),
    );
  }
  return { path, points, footprint: await footprintOf(lane, companyId) };
}

/**
 * One boundary for each moment: after one statement or call and before the next the program has only computed, so that
 * what it leaves when it dies at the one is what it leaves at the other. The later of the two stands for both.
 */
export function momentsOf(points: readonly CrashPoint[]): CrashPoint[] {
  const isPoint = ({ path, program }: CrashPoint, boundary: string): boolean =>
    points.some((each) => each.path === path && each.program === program && each.boundary === boundary);
  return points.filter((point) => {
    const { boundary, next } = point;
    return !(boundary.startsWith('after ') && next?.startsWith('before ') && isPoint(point, next));
  });
}

/** Boundaries of the paths' landmarks that were not found, so that the list of points cannot shrink unnoticed. */
export function missingLandmarks(recorded: readonly RecordedPath[]): string[] {
  return recorded.flatMap(({ path, points }) =>
    programNames.flatMap((program) => {
      const found = new Set(points.flatMap((point) => (point.program === program ? [point.boundary] : [])));
      const wanted = (path.landmarks[program] ?? []).flatMap((name) => [`before ${name}`, `after ${name}`]);
      return wanted
        .filter((boundary) => !found.has(boundary))
        .map((boundary) => `${path.name}, ${program}: ${boundary}`);
    }),
  );
}

/** What was found in a lane after its last point: a point answers for what is new. */
const foundIn = new WeakMap<CrashLane, readonly string[]>();

/**
 * Plays the path once more and lets the program die at the point; it is started again, the request is sent again with
 * its key. Answers what does not hold afterwards; nothing when all is well.
 */
export async function crashAt(lane: CrashLane, point: CrashPoint, recorded: RecordedPath): Promise<string[]> {
  try {
    const prepared = await point.path.prepare(lane);
    const problems = await dieAndSettle(lane, point, prepared).catch(inWords);
    const found = await findings(lane, []);
    const before = foundIn.get(lane) ?? [];
    foundIn.set(lane, found);
    return [
      ...problems,
      ...(await differences(lane, prepared, recorded)),
      ...found.filter((finding) => !before.includes(finding)),
    ];
  } catch (error) {
    return inWords(error);
  }
}

function inWords(error: unknown): string[] {
  return [error instanceof Error ? error.message : String(error)];
}

/**
 * Asks again with the same key, as clients do, while nobody answers, the work goes on, or Temporal is too slow. Without
 * it nothing but the sweep would start the workflow of a request that found Temporal too slow.
 */
function answerOf(path: CrashPath, { send }: PreparedPath): Promise<Answer> {
  return eventually(
    'the answer',
    async () => {
      const attempt = await send();
      const goesOn = (attempt.status === 202 && path.status !== 202) || attempt.status === 503;
      return !goesOn && attempt;
    },
    answerLimitMs,
  );
}

async function dieAndSettle(
  lane: CrashLane,
  { path, program: name, boundary }: CrashPoint,
  prepared: PreparedPath,
): Promise<string[]> {
  const { companyId, idempotencyKey, send } = prepared;
  const program = lane.programs[name];
  const victim = program.running;
  await program.plan({ companyId, idempotencyKey, dieAt: boundary });
  const asked = answerOf(path, prepared);
  asked.catch(() => undefined);
  await eventually(`the end of the ${name} at “${boundary}”`, () => Promise.resolve(victim.hasEnded()));
  const { signal } = await victim.ended;
  const passed = await program.passed();
  await program.endPlan();
  await program.startAgain();
  const answer = await asked;
  await lane.settled(companyId);
  const again = await send();
  // Asked for a decision again, the ticket's workflow is told to look at its record.
  await lane.settled(companyId);
  const sameAnswer = again.status === answer.status && isDeepStrictEqual(again.body, answer.body);
  return [
    ...(signal === 'SIGKILL' && passed.at(-1) === boundary
      ? []
      : [`it ended by ${signal} after “${passed.at(-1)}”`]),
    ...(answer.status === path.status ? [] : [`the answer is ${answer.status}: ${answer.text}`]),
    ...(sameAnswer ? [] : [`asked again it answers ${again.status}: ${again.text}`]),
  ];
}

/** Where the effect or the rows the path left are not those of a path on which nobody died. */
async function differences(
  lane: CrashLane,
  prepared: PreparedPath,
  { path, footprint }: RecordedPath,
): Promise<string[]> {
  const found = JSON.stringify(await prepared.effect());
  const left = await footprintOf(lane, prepared.companyId);
  const names = new Set([...Object.keys(footprint), ...Object.keys(left)]);
  return [
    ...(found === JSON.stringify(path.effect) ? [] : [`the effect is ${found}`]),
    ...[...names].flatMap((name) =>
      left[name] === footprint[name] ? [] : [`${left[name] ?? 0} of ${name}, not ${footprint[name] ?? 0}`],
    ),
  ];
}

async function footprintOf({ database }: CrashLane, companyId: string): Promise<Record<string, number>> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'company_id' ORDER BY 1`,
  );
  const counts = tables.map(
    ({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows FROM ${name} WHERE company_id = $1`,
  );
  const { rows } = await database.pool.query<{ name: string; rows: number }>(
    `${counts.join(' UNION ALL ')}
     UNION ALL SELECT kind, count(*)::int FROM event WHERE company_id = $1 GROUP BY kind`,
    [companyId],
  );
  return Object.fromEntries(rows.flatMap(({ name, rows: count }) => (count === 0 ? [] : [[name, count]])));
}

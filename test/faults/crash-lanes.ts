import { type TestDatabase, testDatabase } from '../support/database';
import { faultStack } from '../support/fault-stack';
import { type CrashLane, startCrashLane } from './crash-lane';
import { crashPaths } from './crash-paths';
import { type CrashPoint, crashAt, type RecordedPath, recordPath } from './crash-run';

/** What became of one crash point. */
export interface CrashOutcome {
  readonly point: CrashPoint;
  /** What did not hold afterwards. */
  readonly problems: readonly string[];
}

/** Lanes of the calling test file, side by side on one Temporal server. */
export interface CrashLanes {
  /** Plays each path once without a crash. */
  record(): Promise<readonly RecordedPath[]>;
  /** Crashes at each of these points, once. */
  crashAt(recorded: readonly RecordedPath[], points: readonly CrashPoint[]): Promise<CrashOutcome[]>;
}

const startLimitMs = 240_000;

/** Starts lanes before the file's tests. Most of a point's time is waiting, so many lanes cost little. */
export function crashLanes(count: number): CrashLanes {
  const databases: readonly [TestDatabase, ...TestDatabase[]] = [
    testDatabase(),
    ...Array.from({ length: count - 1 }, () => testDatabase()),
  ];
  const stack = faultStack({ database: databases[0] });
  const lanes: CrashLane[] = [];

  beforeAll(async () => {
    lanes.push(...(await Promise.all(databases.map((database) => startCrashLane(stack, database)))));
  }, startLimitMs);

  /** Does the work of each item in whichever lane is free next. */
  const spread = async <Item, Result>(
    items: readonly Item[],
    work: (lane: CrashLane, item: Item) => Promise<Result>,
  ): Promise<Result[]> => {
    const waiting = [...items.entries()];
    const results: Result[] = [];
    const take = async (lane: CrashLane): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, item] = next;
        results[index] = await work(lane, item);
      }
    };
    await Promise.all(lanes.map(take));
    return results;
  };

  return {
    record: () => spread(crashPaths, recordPath),
    crashAt: (recorded, points) =>
      spread(points, async (lane, point) => {
        const path = recorded.find((each) => each.path === point.path);
        if (path === undefined) throw new Error(`${point.path.name} was not recorded`);
        return { point, problems: await crashAt(lane, point, path) };
      }),
  };
}

/** The outcomes that are not well, in words. */
export function failures(outcomes: readonly CrashOutcome[]): string[] {
  return outcomes.flatMap(({ point: { path, program, boundary }, problems }) =>
    problems.length === 0 ? [] : [`${path.name}, ${program} dies ${boundary}: ${problems.join('; ')}`],
  );
}

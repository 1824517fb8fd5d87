import { type TestDatabase, testDatabase } from '../support/database';
import { faultStack } from '../support/fault-stack';
import { type CrashLane, startCrashLane } from './crash-lane';
import type { CrashPath } from './crash-paths';
import { type CrashPoint, crashAt, type RecordedPath, type recordPath } from './crash-run';

/** What became of one crash point. */
export interface CrashOutcome {
  readonly point: CrashPoint;
  /** What did not hold afterwards. */
  readonly problems: readonly string[];
}

/** Lanes side by side on one Temporal server. */
export interface CrashLanes {
  /** Plays each of these paths without a crash: once for points that are known by name, else twice. */
  record(paths: readonly CrashPath[], play: typeof recordPath): Promise<readonly RecordedPath[]>;
  /** Crashes at each of these points, once; `tell` hears how many are done. */
  crashAt(
    recorded: readonly RecordedPath[],
    points: readonly CrashPoint[],
    tell?: (done: number) => void,
  ): Promise<CrashOutcome[]>;
}

/** Lanes of the calling test file. Most of a point's time is waiting, so many lanes cost little. */
export function crashLanes(count: number): CrashLanes {
  const databases: readonly [TestDatabase, ...TestDatabase[]] = [
    testDatabase(),
    ...Array.from({ length: count - 1 }, () => testDatabase()),
  ];
  const stack = faultStack({ database: databases[0] });
  const lanes = new Map<TestDatabase, Promise<CrashLane>>();
  let started: Promise<unknown> = Promise.resolve();

  /** Lanes start one after the other, and each works as soon as it stands. */
  const laneOn = (database: TestDatabase): Promise<CrashLane> => {
    const known = lanes.get(database);
    if (known !== undefined) return known;
    const lane = started.then(() => startCrashLane(stack, database));
    started = lane;
    lanes.set(database, lane);
    return lane;
  };

  /** Does the work of each item in whichever lane is free next. */
  const spread = async <Item, Result>(
    items: readonly Item[],
    work: (lane: CrashLane, item: Item) => Promise<Result>,
  ): Promise<Result[]> => {
    const waiting = [...items.entries()];
    const results: Result[] = [];
    const take = async (database: TestDatabase): Promise<void> => {
      while (waiting.length > 0) {
        const lane = await laneOn(database);
        const next = waiting.shift();
        if (next === undefined) return;
        const [index, item] = next;
        results[index] = await work(lane, item);
      }
    };
    // All lanes come to rest before one that failed ends the test.
    const ends = await Promise.allSettled(databases.map(take));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return results;
  };

  return {
    record: (paths, play) => spread(paths, play),
    crashAt: (recorded, points, tell) => {
      let done = 0;
      return spread(points, async (lane, point) => {
        const path = recorded.find((each) => each.path === point.path);
        if (path === undefined) throw new Error(`${point.path.name} was not recorded`);
        const problems = await crashAt(lane, point, path);
        tell?.(++done);
        return { point, problems };
      });
    },
  };
}

/** The outcomes that are not well, in words. */
export function failures(outcomes: readonly CrashOutcome[]): string[] {
  return outcomes.flatMap(({ point: { path, program, boundary }, problems }) =>
    problems.length === 0 ? [] : [`${path.name}, ${program} dies ${boundary}: ${problems.join('; ')}`],
  );
}

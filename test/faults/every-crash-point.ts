import { performance } from 'node:perf_hooks';
import { crashLanes, failures } from './crash-lanes';
import { crashPaths } from './crash-paths';
import { type CrashPoint, missingLandmarks, momentsOf, recordPathTwice } from './crash-run';

const lanes = crashLanes(9);

test('wherever a process dies on any of the paths, the effect is there exactly once', async () => {
  const startedMs = performance.now();
  const say = (what: string): void => {
    process.stdout.write(`${Math.round((performance.now() - startedMs) / 1000)} s: ${what}\n`);
  };
  const recorded = await lanes.record(crashPaths, recordPathTwice);
  expect(missingLandmarks(recorded)).toEqual([]);
  const boundaries = recorded.flatMap((path) => path.points);
  const points = momentsOf(boundaries);
  say(`${boundaries.length} boundaries were found, which are ${points.length} moments`);
  const outcomes = await lanes.crashAt(recorded, mixed(points), (done) => {
    if (done % 50 === 0) say(`${done} of ${points.length} done`);
  });
  for (const path of crashPaths) {
    const own = outcomes.filter(({ point }) => point.path === path);
    const amounts = ['api', 'relay', 'worker'].map(
      (name) => `${name} ${own.filter(({ point }) => point.program === name).length}`,
    );
    say(`${path.name}: ${own.length} moments (${amounts.join(', ')}), ${failures(own).length} failed`);
  }
  expect(failures(outcomes)).toEqual([]);
}, 3_600_000);

/** Points that mostly wait between points that mostly work, in an order that is always the same. */
function mixed(points: readonly CrashPoint[]): CrashPoint[] {
  const groups = Map.groupBy(points, ({ path, program }) => `${path.name} ${program}`);
  const ranked = [...groups.values()].flatMap((group) =>
    group.map((point, index) => ({ point, rank: (index + 0.5) / group.length })),
  );
  return ranked.sort((left, right) => left.rank - right.rank).map(({ point }) => point);
}

import { performance } from 'node:perf_hooks';
import { crashLanes, failures } from './crash-lanes';
import { crashPaths } from './crash-paths';
import { missingLandmarks } from './crash-run';

const lanes = crashLanes(12);

test.each(crashPaths)(
  '$name: wherever a process dies, the effect is there exactly once',
  async (path) => {
    const startedMs = performance.now();
    const recorded = await lanes.record([path]);
    expect(missingLandmarks(recorded)).toEqual([]);
    const points = recorded.flatMap((each) => each.points);
    const failed = failures(await lanes.crashAt(recorded, mixed(points)));
    const amounts = ['api', 'relay', 'worker'].map(
      (name) => `${name} ${points.filter(({ program }) => program === name).length}`,
    );
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    process.stdout.write(
      `${path.name}: ${points.length} crash points (${amounts.join(', ')}), ${failed.length} failed, ${seconds} s\n`,
    );
    expect(failed).toEqual([]);
  },
  1_800_000,
);

/** Points that mostly wait between points that mostly work, in an order that is always the same. */
function mixed<Point extends { readonly program: string }>(points: readonly Point[]): Point[] {
  const waiting = points.filter(({ program }) => program === 'worker');
  const working = points.filter(({ program }) => program !== 'worker');
  const ranked = [waiting, working].flatMap((list) =>
    list.map((point, index) => ({ point, rank: (index + 0.5) / list.length })),
  );
  return ranked.sort((left, right) => left.rank - right.rank).map(({ point }) => point);
}

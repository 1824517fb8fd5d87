import { performance } from 'node:perf_hooks';
import { crashLanes, failures } from './crash-lanes';
import { crashPaths } from './crash-paths';
import { missingLandmarks } from './crash-run';

const lanes = crashLanes(10);

test('wherever a process dies, the effect is there exactly once', async () => {
  const startedMs = performance.now();
  const recorded = await lanes.record();
  expect(missingLandmarks(recorded)).toEqual([]);
  const points = recorded.flatMap((path) => path.points);
  const outcomes = await lanes.crashAt(recorded, mixed(points));
  const report = crashPaths.map((path) => {
    const own = outcomes.filter(({ point }) => point.path === path);
    const of = (program: string): number => own.filter(({ point }) => point.program === program).length;
    const failed = own.filter(({ problems }) => problems.length > 0).length;
    return `${path.name}: ${own.length} points (api ${of('api')}, relay ${of('relay')}, worker ${of('worker')}), ${failed} failed`;
  });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`${[...report, `${outcomes.length} crash points in ${seconds} s`].join('\n')}\n`);
  expect(failures(outcomes)).toEqual([]);
}, 1_800_000);

/** Points that mostly wait between points that mostly work, in an order that is always the same. */
function mixed<Point extends { readonly program: string }>(points: readonly Point[]): Point[] {
  const waiting = points.filter(({ program }) => program === 'worker');
  const working = points.filter(({ program }) => program !== 'worker');
  const ranked = [waiting, working].flatMap((list) =>
    list.map((point, index) => ({ point, rank: (index + 0.5) / list.length })),
  );
  return ranked.sort((left, right) => left.rank - right.rank).map(({ point }) => point);
}

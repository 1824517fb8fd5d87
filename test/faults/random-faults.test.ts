import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../support/processes';
import { planFaults } from './random/fault-plan';
import { runFaults } from './random/run';

/** The same as `npm run faults`, short and dense; the long runs and their seeds are in docs/guarantees.md. */
const seed = 125;
const durationMs = 20_000;
const pace = { leastMs: 700, mostMs: 2_000 };

test('clients that work while everything is killed, paused, cut and repeated find nothing lost, doubled or out of order', async () => {
  const kinds = planFaults(seed, durationMs, pace).map(({ fault }) =>
    fault.kind === 'kill' ? `kill ${fault.target}` : fault.kind,
  );
  expect(kinds).toEqual(expect.arrayContaining(['kill postgres', 'kill temporal', 'pause', 'hold link']));
  expect(kinds).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^kill api/),
      expect.stringMatching(/^kill worker/),
      expect.stringMatching(/^kill relay/),
    ]),
  );
  const folder = join(root, '.data', 'faults', 'test');
  await rm(folder, { recursive: true, force: true });
  const report = await runFaults({ seed, durationMs, pace, folder, drainLimitMs: 120_000 });
  expect(report.findings).toEqual([]);
  expect(report.operations).toBeGreaterThan(100);
  expect(report.faults).toBe(kinds.length);
}, 420_000);

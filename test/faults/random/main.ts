/**
 * `npm run faults -- [--minutes 3] [--seed N]`: a random run against real processes and servers. Prints the seed, what
 * was done and what was found; exit code 1 when something was found. The same seed has the same faults at the same
 * times. History and logs stay in `.data/faults/seed-N`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../support/processes';
import { runFaults } from './run';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '3' }, seed: { type: 'string' } },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    throw new Error('Usage: npm run faults -- --minutes 3 --seed 7');
  }
  const folder = join(root, '.data', 'faults', `seed-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  console.log(`seed ${seed}, ${minutes} min; history and logs: ${folder}`);
  const report = await runFaults({ seed, durationMs: minutes * 60_000, folder });
  console.log(report.text);
  process.exitCode = report.findings.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

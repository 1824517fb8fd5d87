/**
 * Holds one server for a test that means to kill it: `node server-process.mjs postgres|temporal <folder>`.
 * Says its address and process id in one line of JSON when it answers, and ends when its server ends, when it is
 * told to (SIGTERM) or when the test's process is gone (its end of standard input closes).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, startTemporal } from '../../scripts/stack.mjs';

const [kind, dataDir] = process.argv.slice(2);
const server = kind === 'postgres' ? await startPostgres({ dataDir }) : await startTemporal({ dataDir });
const { pid } = JSON.parse(readFileSync(join(dataDir, 'run', `${kind}.json`), 'utf8'));
process.stdout.write(
  `${JSON.stringify({ pid, address: server.url ?? server.address, uiUrl: server.uiUrl ?? null })}\n`,
);

const stop = () => void server.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.stdin.on('end', stop).resume();
void server.exited.then(() => process.exit(0));

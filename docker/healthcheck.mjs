/**
 * Does this container's process do its part? The API answers over HTTP; worker and relay listen nowhere, so what
 * counts is the connection each one lives by: the worker's to Temporal, the relay's to PostgreSQL.
 */
import { readFileSync } from 'node:fs';

const limitMs = 4_000;
const established = '01';

async function check() {
  const program = readFileSync('/proc/1/cmdline', 'utf8');
  if (program.includes('dist/api/main.js'))
    return answers(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`);
  if (program.includes('relay-main.js'))
    return isConnectedTo(Number(new URL(process.env.DATABASE_URL).port || 5432));
  if (program.includes('worker/main.js'))
    return isConnectedTo(Number(process.env.TEMPORAL_ADDRESS.split(':').at(-1)));
  return true;
}

async function answers(url) {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
  return status === 200;
}

function isConnectedTo(port) {
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, , remote, state]) => state === established && Number.parseInt(remote?.split(':')[1], 16) === port,
    );
}

check().then(
  (healthy) => process.exit(healthy ? 0 : 1),
  ({ message, cause }) => {
    process.stderr.write(`${cause?.message ?? message}\n`);
    process.exit(1);
  },
);

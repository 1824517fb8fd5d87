/**
 * Is this container's process alive? The API answers on its own port, worker and relay on the metrics port.
 * Liveness only: a container is not restarted because the database or Temporal is away.
 */
import { readFileSync } from 'node:fs';

const limitMs = 4_000;
const metricsPort = Number(process.env.METRICS_PORT || 0);
const isApi = readFileSync('/proc/1/cmdline', 'utf8').includes('dist/api/main.js');
const url = isApi
  ? `http://127.0.0.1:${process.env.PORT || 3000}/healthz`
  : `http://127.0.0.1:${metricsPort}/metrics`;

if (isApi || metricsPort > 0) {
  fetch(url, { signal: AbortSignal.timeout(limitMs) }).then(
    ({ status }) => process.exit(status === 200 ? 0 : 1),
    ({ message, cause }) => {
      process.stderr.write(`${url}: ${cause?.message ?? message}\n`);
      process.exit(1);
    },
  );
}

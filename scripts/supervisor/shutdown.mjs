import { say } from './console.mjs';

/** How long each phase may take before the next one starts; the programs have shorter limits of their own. */
const apiLimitMs = 20_000;
const drainLimitMs = 25_000;

/** A terminal and npm may both deliver the same Ctrl-C. */
const sameSignalMs = 1_000;
const parentCheckMs = 1_000;

/** Users before servers: nothing loses its database while it still has work in hand. */
export async function stopInPhases({ processes, postgres, temporal }) {
  const [api, ...workers] = processes;
  await api?.stop(apiLimitMs);
  await Promise.all(workers.map((worker) => worker.stop(drainLimitMs)));
  await temporal?.stop();
  await postgres?.stop();
}

/** Calls `stop` on the first request to end and `force` on the second. */
export function onStopRequest(stop, force) {
  let requestedAt;
  const request = () => {
    if (requestedAt === undefined) {
      requestedAt = Date.now();
      stop();
    } else if (Date.now() - requestedAt > sameSignalMs) {
      say('Forced to end.');
      force();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, request);
  // npm does not pass every signal on; when it is gone, nobody is left who could.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === 'start') {
    setInterval(() => {
      if (process.ppid !== parent && requestedAt === undefined) request();
    }, parentCheckMs).unref();
  }
}

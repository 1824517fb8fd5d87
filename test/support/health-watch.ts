import { Worker } from 'node:worker_threads';

/** How long `/healthz` took while something else went on. */
export interface HealthTimes {
  readonly count: number;
  readonly failures: number;
  readonly slowestMs: number;
  readonly medianMs: number;
}

export interface HealthWatch {
  stop(): Promise<HealthTimes>;
}

const everyMs = 15;

/** Runs on a thread of its own, so that what the attack costs this process does not count as the server's delay. */
const program = `
const http = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const times = [];
let failures = 0;
let over = false;
parentPort.on('message', () => { over = true; });
function ask() {
  const startedAt = performance.now();
  const request = http.get(workerData.url + '/healthz', { agent, timeout: 30000 }, (response) => {
    response.resume();
    response.on('end', () => {
      if (response.statusCode !== 200) failures += 1;
      times.push(performance.now() - startedAt);
      next();
    });
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => { failures += 1; times.push(performance.now() - startedAt); next(); });
}
function next() {
  if (!over) { setTimeout(ask, workerData.everyMs); return; }
  agent.destroy();
  parentPort.postMessage({ times, failures });
  parentPort.close();
}
ask();
`;

/** Asks a process for its health again and again, on a connection and a thread of its own. */
export function watchHealth(url: string): HealthWatch {
  const worker = new Worker(program, { eval: true, workerData: { url, everyMs } });
  const result = new Promise<HealthTimes>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', ({ times, failures }: { times: number[]; failures: number }) => {
      const sorted = [...times].sort((left, right) => left - right);
      resolve({
        count: sorted.length,
        failures,
        slowestMs: sorted.at(-1) ?? Number.POSITIVE_INFINITY,
        medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY,
      });
    });
  });
  return {
    stop: () => {
      worker.postMessage('stop');
      return result;
    },
  };
}

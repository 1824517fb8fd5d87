import type { HttpProgram } from './program';
import { type Answer, KeptConnection } from './requests';
import { percentile } from './rounds';

export interface LoadFigures {
  readonly [figure: string]: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the serving process for each request. */
  readonly cpuMicroseconds: number;
}

/**
 * So many requests in a closed loop: each connection sends its next request when the last one is answered.
 * @param nextRequest the bytes of the request with this number.
 * @throws Error when an answer has another status than the expected one.
 */
export async function closedLoop(
  server: HttpProgram,
  options: {
    readonly connections: number;
    readonly requests: number;
    readonly status: number;
    readonly nextRequest: (index: number) => Buffer;
    readonly onAnswer?: (answer: Answer) => void;
  },
): Promise<LoadFigures> {
  const { connections, requests, status, nextRequest, onAnswer } = options;
  const latencies = new Float64Array(requests);
  const open = Array.from({ length: connections }, () => new KeptConnection(server.port));
  let next = 0;
  const cpuBeforeMs = server.cpuMs();
  const beganMs = performance.now();
  const drive = async (connection: KeptConnection): Promise<void> => {
    for (let index = next++; index < requests; index = next++) {
      const sentMs = performance.now();
      const answer = await connection.send(nextRequest(index));
      latencies[index] = performance.now() - sentMs;
      if (answer.status !== status) throw new Error(`answered ${answer.status}: ${answer.body.toString()}`);
      onAnswer?.(answer);
    }
  };
  try {
    await Promise.all(open.map(drive));
  } finally {
    for (const connection of open) connection.end();
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const cpuMs = server.cpuMs() - cpuBeforeMs;
  return {
    perSecond: requests / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMicroseconds: (cpuMs * 1000) / requests,
  };
}

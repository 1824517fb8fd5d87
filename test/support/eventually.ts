import { setTimeout as delay } from 'node:timers/promises';

const patienceMs = 60_000;

/** Between two looks: a little of what was waited already, so that many that wait long leave the machine to the rest. */
const pauseMs = (waitedMs: number): number => Math.min(Math.max(20, waitedMs / 20), 250);

/**
 * Looks again and again until there is something to see, and answers it. What is waited for is a state, so the
 * limit is only there to end a test that would wait for ever.
 * @throws Error that names what did not happen, with the last error of `look`.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  limitMs = patienceMs,
): Promise<Value> {
  const startedMs = Date.now();
  for (;;) {
    let trouble: unknown;
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      trouble = error;
    }
    const waitedMs = Date.now() - startedMs;
    if (waitedMs > limitMs) {
      throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: trouble });
    }
    await delay(pauseMs(waitedMs));
  }
}

import { setTimeout as delay } from 'node:timers/promises';

const patienceMs = 60_000;

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
  const deadline = Date.now() + limitMs;
  for (;;) {
    let trouble: unknown;
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: trouble });
    }
    await delay(20);
  }
}

/** After so much work for requests in one turn of the event loop, the rest waits for the next turns. */
const longestMs = 3;

let startedAt: number | undefined;

/**
 * Whether this turn of the event loop has lasted long enough: whoever begins a piece of work asks just before it,
 * and lets others go first, so that what many clients send at once holds up nobody for the sum of it.
 *
 *     while (turnIsOver()) await nextTurn();
 */
export function turnIsOver(): boolean {
  const now = performance.now();
  if (startedAt === undefined) {
    startedAt = now;
    setImmediate(() => {
      startedAt = undefined;
    });
  }
  return now - startedAt > longestMs;
}

/** Waits for the next turn; in the order of asking. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

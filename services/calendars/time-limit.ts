import { createContext, Script } from 'node:vm';

/** What runs in it is our own; it is there for its time limit alone. */
const script = new Script('work()');
const context = createContext({ work: undefined }) as { work: (() => unknown) | undefined };

/**
 * Does synchronous work that may have no end, and gives it up after so many milliseconds.
 * @returns whether it came to its end.
 * @throws what the work throws.
 */
export function endsWithin(limitMs: number, work: () => void): boolean {
  context.work = work;
  try {
    script.runInContext(context, { timeout: limitMs });
    return true;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  } finally {
    context.work = undefined;
  }
}

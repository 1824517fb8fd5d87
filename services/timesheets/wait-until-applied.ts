import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context';
import { readOne } from '../listing';
import { type TimesheetView, timesheetResource } from './timesheet';

const pollEveryMs = 20;

const appliedStatement = {
  name: 'timesheet_applied',
  text: 'SELECT 1 FROM timesheet_entry WHERE company_id = $1 AND id = $2 AND applied_version >= $3',
};

export interface AwaitedTimesheet {
  readonly entry: TimesheetView;
  /** Whether the ledger holds the version that was waited for. */
  readonly applied: boolean;
}

/**
 * Waits until the ledger holds the version of `entry`, at most `waitMs` and no longer than the caller listens
 * (`signal`), then answers the entry as it is by then. Asks the database every 20 ms, so that it works whichever
 * process applies, and holds no connection between the questions.
 */
export async function waitUntilApplied(
  context: Context,
  entry: TimesheetView,
  options: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<AwaitedTimesheet> {
  const deadline = performance.now() + options.waitMs;
  for (;;) {
    const { rowCount } = await context.database.pool.query({
      ...appliedStatement,
      values: [context.companyId, entry.id, entry.version],
    });
    if (rowCount !== 0) {
      return { entry: await readOne<TimesheetView>(context, timesheetResource, entry.id), applied: true };
    }
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0 || options.signal.aborted) return { entry, applied: false };
    // An abort ends the pause early; the loop then sees it.
    await delay(Math.min(pollEveryMs, remainingMs), undefined, { signal: options.signal }).catch(
      () => undefined,
    );
  }
}

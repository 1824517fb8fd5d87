import type { Context } from '../../../services/context';
import type { TimesheetView } from '../../../services/timesheets/timesheet';
import { waitUntilApplied } from '../../../services/timesheets/wait-until-applied';
import type { RouteAnswer } from '../../route';

/**
 * The answer to a change of an entry: at once, or with `Prefer: wait=N` as soon as the ledger holds it and at the
 * latest after N seconds. A repeated request gets its first answer, so there is nothing to wait for. The change is
 * committed: should the waiting fail, it is answered as it was then, since an error would have it made once more.
 */
export async function answerWhenApplied(
  request: { readonly context: Context; readonly waitMs: number; readonly signal: AbortSignal },
  entry: TimesheetView,
): Promise<RouteAnswer> {
  if (request.waitMs === 0 || request.context.command?.replayed === true) return { body: entry };
  try {
    const awaited = await waitUntilApplied(request.context, entry, request);
    return { body: awaited.entry, ...(awaited.applied ? { headers: { 'Preference-Applied': 'wait' } } : {}) };
  } catch (error) {
    return { body: entry, failures: [error] };
  }
}

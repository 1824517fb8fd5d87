import { isLocked } from '../../domain/billing/slices';
import { DomainError, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change, type UnitOfWork } from '../transaction';
import { mayChangeTimeOfOthers } from './access';
import { heldSlices, lockEntry, lockLines } from './ledger-lines';
import { type TimesheetView, timesheetResource } from './timesheet';

/**
 * One guarded new version of a time entry, with its event and the job that has the ledger follow. The lines are
 * locked as well, so that no invoice takes the slices between the check and the commit. Refused as soon as
 * minutes of the entry stand in a draft or posted invoice of time and materials; time drawn from a pack may
 * always change, for the pack's invoice is for the ordered quantity.
 * @throws DomainError `not_found`, `precondition_failed`, `entry_deleted`, `forbidden` (time of others),
 * `entry_locked`, and what `write` refuses with.
 */
export function changeEntry(
  context: Context,
  options: {
    readonly id: string;
    readonly expectedVersion: number | undefined;
    readonly eventKind: string;
    readonly write: (work: UnitOfWork, before: TimesheetView) => Promise<unknown>;
  },
): Promise<TimesheetView> {
  return change(context, async (work) => {
    const { db } = work;
    const entry = await lockEntry(db, context.companyId, options.id);
    if (entry === undefined) throw notFound(timesheetResource.name);
    const before = await readOne<TimesheetView>(context, timesheetResource, options.id, within(db));
    requireVersion(before.version, options.expectedVersion);
    if (entry.deleted) throw new DomainError('entry_deleted', 'This time entry was deleted.');
    await requireOwnTime(context, work, before);
    await lockLines(db, context.companyId, entry);
    const locked = (await heldSlices(db, context.companyId, entry.id)).filter((slice) =>
      isLocked(slice.fate, slice.invoicing),
    );
    if (locked.length > 0) {
      throw new DomainError(
        'entry_locked',
        'This time stands in an invoice; take it off the draft or credit it before changing it.',
        { state: { invoiceLineIds: [...new Set(locked.map((slice) => slice.invoiceLineId))] } },
      );
    }
    await options.write(work, before);
    const after = await readOne<TimesheetView>(context, timesheetResource, options.id, within(db));
    work.event({ kind: options.eventKind, subjectId: after.id, ticketId: after.ticketId, before, after });
    work.job({
      ticketId: after.ticketId,
      kind: 'timesheet_changed',
      reference: { entryId: after.id, version: after.version },
    });
    return after;
  });
}

async function requireOwnTime(context: Context, { db }: UnitOfWork, entry: TimesheetView): Promise<void> {
  if (mayChangeTimeOfOthers(context)) return;
  const employee = await db.employee.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: entry.employeeId } },
  });
  const own = context.actor.type === 'user' && employee?.userId === context.actor.userId;
  if (!own) throw new DomainError('forbidden', 'Only managers and administrators change the time of others.');
}

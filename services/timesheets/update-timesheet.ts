import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { defined, nextVersion } from '../update';
import { changeEntry } from './change-entry';
import { lineOfBillableTime, refusalOfLine } from './order-line-of-time';
import type { TimesheetView } from './timesheet';

export interface TimeChanges {
  readonly date?: string | undefined;
  readonly minutes?: number | undefined;
  readonly description?: string | undefined;
  readonly billable?: boolean | undefined;
  /** `null` takes the time off its line: it is then not billed. */
  readonly saleOrderLineId?: string | null | undefined;
}

/**
 * Makes a new version of a time entry; the ledger follows through the ticket's workflow. Time that becomes
 * billable and names no line gets one by the rule of `logTime`; else the line stays as it is.
 * @throws DomainError what `changeEntry` and the rule of order lines refuse with.
 */
export function updateTimesheet(
  context: Context,
  id: string,
  changes: TimeChanges,
  expectedVersion: number | undefined,
): Promise<TimesheetView> {
  return changeEntry(context, {
    id,
    expectedVersion,
    eventKind: 'timesheet.updated',
    write: async ({ db }, before) => {
      const saleOrderLineId = await lineAfter(context, db, before, changes);
      const { date, ...others } = changes;
      await db.timesheetEntry.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: {
          ...defined({ ...others, saleOrderLineId }),
          ...(date === undefined ? {} : { date: new Date(date) }),
          ...nextVersion(context),
        },
      });
    },
  });
}

async function lineAfter(
  context: Context,
  db: Transaction,
  before: TimesheetView,
  changes: TimeChanges,
): Promise<string | null | undefined> {
  const { saleOrderLineId } = changes;
  if (saleOrderLineId === undefined) {
    const becomesBillable = changes.billable === true && !before.billable && before.saleOrderLineId === null;
    return becomesBillable ? lineOfBillableTime(context, before.ticketId, within(db)) : undefined;
  }
  if (saleOrderLineId === null || saleOrderLineId === before.saleOrderLineId) return saleOrderLineId;
  const refusal = await refusalOfLine(context, before.ticketId, saleOrderLineId, within(db));
  if (refusal !== undefined) throw refusal;
  return saleOrderLineId;
}

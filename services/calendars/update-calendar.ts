import type { Context } from '../context';
import type { UnitOfWork } from '../transaction';
import { nextVersion, updateRecord } from '../update';
import { type CalendarView, calendarResource } from './calendar';
import type { CalendarContent } from './definition';
import { announceToTickets, insertVersion, normalised, requireUsable } from './save-content';

export type CalendarChanges = {
  readonly [Member in keyof CalendarContent]?: CalendarContent[Member] | undefined;
} & { readonly name?: string | undefined };

/**
 * Changes the named members; lists are replaced whole. Other hours make a new version, and the workflow of every
 * open ticket timed by the calendar is told in the same transaction. A new name alone makes no version.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`.
 */
export function updateCalendar(
  context: Context,
  id: string,
  changes: CalendarChanges,
  expectedVersion: number | undefined,
): Promise<CalendarView> {
  return updateRecord<CalendarView>(context, {
    resource: calendarResource,
    table: 'calendar',
    id,
    expectedVersion,
    eventKind: 'calendar.updated',
    write: (work, before) =>
      writeCalendar(context, work, before, changes.name ?? before.name, {
        timezone: changes.timezone ?? before.timezone,
        weekly: changes.weekly ?? before.weekly,
        cycle: changes.cycle === undefined ? before.cycle : changes.cycle,
        exceptions: changes.exceptions ?? before.exceptions,
      }),
  });
}

/** The caller holds the calendar's row. @throws DomainError `validation_failed` */
export async function writeCalendar(
  context: Context,
  { db }: UnitOfWork,
  before: CalendarView,
  name: string,
  asked: CalendarContent,
): Promise<void> {
  requireUsable(asked);
  const { companyId } = context;
  const { id } = before;
  const content = normalised(asked);
  const sameHours = JSON.stringify(content) === JSON.stringify(normalised(before));
  const currentVersion = sameHours ? before.currentVersion : before.currentVersion + 1;
  if (!sameHours) await insertVersion(context, db, id, currentVersion, content);
  await db.calendar.update({
    where: { companyId_id: { companyId, id } },
    data: { name, timezone: content.timezone, currentVersion, ...nextVersion(context) },
  });
  if (!sameHours) await announceToTickets(context, db, id);
}

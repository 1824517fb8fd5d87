import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type CalendarView, calendarResource } from './calendar';
import type { CalendarContent } from './definition';
import { insertVersion, normalised, requireUsable } from './save-content';

export interface CalendarDraft extends CalendarContent {
  readonly name: string;
}

/**
 * Creates a working calendar, with its hours as version 1 (spec.md §6).
 * @throws DomainError `validation_failed` when it never opens or its hours mean nothing.
 */
export function createCalendar(context: Context, draft: CalendarDraft): Promise<CalendarView> {
  requireUsable(draft);
  const content = normalised(draft);
  return change(context, async ({ db, event }) => {
    const id = newId('calendar');
    const { companyId } = context;
    const { timezone } = content;
    await db.calendar.create({ data: { companyId, id, name: draft.name, timezone, currentVersion: 1 } });
    await insertVersion(context, db, id, 1, content);
    const calendar = await readOne<CalendarView>(context, calendarResource, id, within(db));
    event({ kind: 'calendar.created', subjectId: id, after: calendar });
    return calendar;
  });
}

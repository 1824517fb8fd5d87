import type { Context } from '../context';
import { type Page, type PageQuery, readOne } from '../listing';
import { listUnder } from '../listing-under';
import { calendarResource, calendarVersionResource } from './calendar';
import type { CalendarContent } from './definition';

export interface CalendarVersionView extends CalendarContent {
  readonly calendarId: string;
  readonly number: number;
  readonly createdBy: string;
  readonly createdAt: string;
}

/** One page of what a calendar's hours ever were. @throws DomainError `not_found` */
export async function listCalendarVersions(
  context: Context,
  calendarId: string,
  page: PageQuery,
): Promise<Page<CalendarVersionView>> {
  await readOne(context, calendarResource, calendarId);
  return listUnder(context, calendarVersionResource, { column: 'v.calendar_id', id: calendarId }, page);
}

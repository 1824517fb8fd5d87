import type { Context } from '../context';
import { listPage, type Page, type PageQuery, readOne } from '../listing';
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
  return listPage<CalendarVersionView>(context, calendarVersionResource, page, { calendarId });
}

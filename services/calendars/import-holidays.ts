import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type CalendarView, calendarResource } from './calendar';
import { type CountryHolidays, readCountry } from './country-holidays';
import { readFeed } from './holiday-feed';
import { writeCalendar } from './update-calendar';

export interface NamedDate {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly name: string;
}

/** What a source holds: dates that are closed all day, and holidays that cover only part of one. */
export interface FoundHolidays {
  readonly closed: readonly NamedDate[];
  readonly partial: readonly NamedDate[];
}

export type CalendarWithImport = CalendarView & {
  /** How many dates became closed by this import. */
  readonly imported: number;
  /** Holidays of part of a day, left out: which hours remain on such a date is the company's to say. */
  readonly skipped: readonly NamedDate[];
};

/**
 * Adds the public holidays of a country, or the all-day events of an iCal feed, to the calendar's exceptions as
 * a new version. A date that has an exception keeps it. Imported again it changes nothing (spec.md §6).
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`.
 */
export async function importHolidays(
  context: Context,
  id: string,
  source: CountryHolidays | string,
  expectedVersion: number | undefined,
): Promise<CalendarWithImport> {
  const found =
    typeof source === 'string' ? await readFeed(source, context.now()) : await readCountry(source);
  return change(context, async (work) => {
    const { db } = work;
    const locked = await db.$queryRaw<unknown[]>`
      SELECT id FROM calendar WHERE company_id = ${context.companyId} AND id = ${id} FOR UPDATE`;
    if (locked.length === 0) throw notFound(calendarResource.name);
    const before = await readOne<CalendarView>(context, calendarResource, id, within(db));
    requireVersion(before.version, expectedVersion);
    const exceptions = merged(before, found.closed);
    const imported = exceptions.length - before.exceptions.length;
    if (imported === 0) {
      work.unchanged();
      return { ...before, imported, skipped: found.partial };
    }
    await writeCalendar(context, work, before, before.name, { ...before, exceptions });
    const after = await readOne<CalendarView>(context, calendarResource, id, within(db));
    work.event({ kind: 'calendar.holidays_imported', subjectId: id, before, after });
    return { ...after, imported, skipped: found.partial };
  });
}

function merged(calendar: CalendarView, closed: readonly NamedDate[]): CalendarView['exceptions'] {
  const byDate = new Map(calendar.exceptions.map((exception) => [exception.date, exception]));
  for (const { date, name } of closed) {
    if (!byDate.has(date)) byDate.set(date, { date, name, intervals: [] });
  }
  return [...byDate.values()];
}

import type IcalLibrary from 'ical.js';
import { DomainError, invalidField } from '../../domain/shared/errors';
import type { FoundHolidays, NamedDate } from './import-holidays';

type Ical = typeof IcalLibrary;
type IcalEvent = InstanceType<Ical['Event']>;
type IcalTime = IcalEvent['startDate'];

/** A holiday that comes back is laid out to the end of this many years from now. */
const yearsAhead = 5;
/** More than any calendar of holidays has; beyond them a feed is a mistake or an attack. */
const mostDates = 3_000;
const mostRecurring = 200;
const longestName = 200;

/**
 * The all-day events of an iCal text (RFC 5545) as closed dates, an event of several days as each of its dates.
 * Events of part of a day are named apart; cancelled ones are left out.
 * @throws DomainError `validation_failed` for text that is no iCal, or that holds too much.
 */
export async function readFeed(text: string, now: Date): Promise<FoundHolidays> {
  const { default: ical } = await import('ical.js');
  const found: { closed: NamedDate[]; partial: NamedDate[] } = { closed: [], partial: [] };
  const horizon = `${now.getUTCFullYear() + yearsAhead}-12-31`;
  try {
    const events = eventsOf(ical, text);
    if (events.filter((event) => event.isRecurring()).length > mostRecurring) throw tooMuch();
    for (const event of events) readEvent(event, horizon, found);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw notIcal();
  }
  return found;
}

function eventsOf(ical: Ical, text: string): IcalEvent[] {
  const parsed = ical.parse(text) as unknown[];
  const roots = (Array.isArray(parsed[0]) ? parsed : [parsed]) as [string, unknown[], unknown[]][];
  const calendars = roots.map((root) => new ical.Component(root));
  if (calendars.length === 0 || calendars.some((calendar) => calendar.name !== 'vcalendar')) throw notIcal();
  return calendars
    .flatMap((calendar) => calendar.getAllSubcomponents('vevent'))
    .filter((component) => component.getFirstPropertyValue('status') !== 'CANCELLED')
    .map((component) => new ical.Event(component))
    .filter((event) => !event.isRecurrenceException());
}

function readEvent(
  event: IcalEvent,
  horizon: string,
  found: { closed: NamedDate[]; partial: NamedDate[] },
): void {
  if (!event.isRecurring()) {
    add(event, event.startDate, event.endDate, found);
    return;
  }
  const occurrences = event.iterator();
  for (let at = occurrences.next(); at && dateOf(at) <= horizon; at = occurrences.next()) {
    const { item, startDate, endDate } = event.getOccurrenceDetails(at);
    add(item, startDate, endDate, found);
  }
}

function add(
  event: IcalEvent,
  start: IcalTime,
  end: IcalTime,
  found: { closed: NamedDate[]; partial: NamedDate[] },
): void {
  const name = (event.summary ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, longestName) || 'Holiday';
  if (!start.isDate) found.partial.push({ date: dateOf(start), name });
  else {
    for (let day = Date.parse(dateOf(start)); day < Date.parse(dateOf(end)); day += 86_400_000) {
      found.closed.push({ date: new Date(day).toISOString().slice(0, 10), name });
      if (found.closed.length > mostDates) throw tooMuch();
    }
  }
  if (found.partial.length > mostDates) throw tooMuch();
}

function dateOf(time: IcalTime): string {
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  return `${pad(time.year, 4)}-${pad(time.month, 2)}-${pad(time.day, 2)}`;
}

function notIcal(): DomainError {
  return invalidField(
    '',
    'malformed_calendar',
    'The body is not an iCalendar (RFC 5545) with readable events.',
  );
}

function tooMuch(): DomainError {
  return invalidField(
    '',
    'too_long',
    `A feed may close at most ${mostDates} dates and repeat ${mostRecurring} events.`,
  );
}

import { setTimeout as delay } from 'node:timers/promises';
import type IcalLibrary from 'ical.js';
import { DomainError, invalidField } from '../../domain/shared/errors';
import { nextTurn, turnIsOver } from '../turn';
import type { FoundHolidays, NamedDate } from './import-holidays';
import { endsWithin } from './time-limit';

type Ical = typeof IcalLibrary;
type IcalEvent = InstanceType<Ical['Event']>;
type IcalTime = IcalEvent['startDate'];

/** A holiday that comes back is laid out to the end of this many years from now. */
const yearsAhead = 5;
/** More than any calendar of holidays has; beyond them a feed is a mistake or an attack. */
const mostDates = 3_000;
const mostRecurring = 200;
const longestName = 200;

/** Some rules of recurrence never come about, and the library would look for their next date for ever. */
const longestRuleMs = 40;
/** The others take a moment; on a busy machine it may not be theirs, so they get another one a little later. */
const attempts = 10;
const pauseMs = 10;

interface Found {
  readonly closed: NamedDate[];
  readonly partial: NamedDate[];
}

/**
 * The all-day events of an iCal text (RFC 5545) as closed dates, an event of several days as each of its dates.
 * Events of part of a day are named apart; cancelled ones are left out.
 * @throws DomainError `validation_failed` for text that is no iCal, that holds too much or takes too long to read.
 */
export async function readFeed(text: string, now: Date): Promise<FoundHolidays> {
  const { default: ical } = await import('ical.js');
  const found: Found = { closed: [], partial: [] };
  const horizon = `${now.getUTCFullYear() + yearsAhead}-12-31`;
  try {
    const events = eventsOf(ical, text);
    if (events.filter((event) => event.isRecurring()).length > mostRecurring) throw tooMuch();
    for (const event of events) {
      while (turnIsOver()) await nextTurn();
      if (event.isRecurring()) await readRecurring(event, horizon, found);
      else add(event, event.startDate, event.endDate, found);
    }
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

async function readRecurring(event: IcalEvent, horizon: string, found: Found): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const own: Found = { closed: [], partial: [] };
    if (endsWithin(longestRuleMs, () => layOut(event, horizon, own))) {
      found.closed.push(...own.closed);
      found.partial.push(...own.partial);
      if (Math.max(found.closed.length, found.partial.length) > mostDates) throw tooMuch();
      return;
    }
    await delay(attempt * pauseMs);
  }
  throw neverReady();
}

function layOut(event: IcalEvent, horizon: string, found: Found): void {
  const occurrences = event.iterator();
  for (let at = occurrences.next(); at && dateOf(at) <= horizon; at = occurrences.next()) {
    const { item, startDate, endDate } = event.getOccurrenceDetails(at);
    add(item, startDate, endDate, found);
  }
}

function add(event: IcalEvent, start: IcalTime, end: IcalTime, found: Found): void {
  const name = nameOf(event);
  const first = requireDate(dateOf(start), name);
  if (!start.isDate) found.partial.push({ date: first, name });
  else {
    const firstDay = Date.parse(first);
    // Feeds that end an event on the day it begins mean that day.
    const endDay = Math.max(firstDay + 1, Date.parse(requireDate(dateOf(end), name)));
    for (let day = firstDay; day < endDay; day += 86_400_000) {
      found.closed.push({ date: new Date(day).toISOString().slice(0, 10), name });
      if (found.closed.length > mostDates) throw tooMuch();
    }
  }
  if (found.partial.length > mostDates) throw tooMuch();
}

/** One line that can be stored: a cut may leave half of a character. */
function nameOf(event: IcalEvent): string {
  const line = (event.summary ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return (
    line
      .slice(0, longestName)
      .replaceAll(/\p{Cs}/gu, '')
      .trim() || 'Holiday'
  );
}

function requireDate(date: string, name: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
  if (exists && !date.startsWith('0000')) return date;
  throw invalidField('', 'malformed_calendar', `${date} of the event "${name}" is not a date.`);
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

function neverReady(): DomainError {
  return invalidField(
    '',
    'malformed_calendar',
    'The events could not be laid out in time: does one repeat by a rule that no date ever meets?',
  );
}

function tooMuch(): DomainError {
  return invalidField(
    '',
    'too_long',
    `A feed may close at most ${mostDates} dates and repeat ${mostRecurring} events.`,
  );
}

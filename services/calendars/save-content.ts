import type { Actor } from '../../domain/shared/actor';
import { DomainError, type FieldProblem } from '../../domain/shared/errors';
import { validateCalendar } from '../../domain/working-time';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { type CalendarContent, toDefinition } from './definition';

/** The length of an id's prefix and the milliseconds behind it. */
const idHeadLength = 14;

/** Content in the one form in which it is compared and stored: exceptions by date, hours of a day by start. */
export function normalised(content: CalendarContent): CalendarContent {
  return {
    timezone: content.timezone,
    weekly: content.weekly.map(({ weekday, from, to, week }) => ({ weekday, from, to, week })),
    cycle: content.cycle === null ? null : { weeks: content.cycle.weeks, anchor: content.cycle.anchor },
    exceptions: content.exceptions
      .map(({ date, name, intervals }) => ({
        date,
        name,
        intervals: intervals
          .map(({ from, to }) => ({ from, to }))
          .sort((left, right) => left.from - right.from),
      }))
      .sort((left, right) => (left.date < right.date ? -1 : 1)),
  };
}

/**
 * Refuses what no clock could run by: unknown zones and dates, two exceptions on a date, no opening at all
 * (spec.md §6). Pointers lead into the body of the API.
 * @throws DomainError `validation_failed` with an entry for each problem.
 */
export function requireUsable(content: CalendarContent): void {
  const fields = [...duplicateDates(content), ...engineProblems(content)];
  if (fields.length === 0) return;
  throw new DomainError(
    'validation_failed',
    'No ticket could be timed by this calendar; nothing was changed.',
    {
      fields,
    },
  );
}

function duplicateDates({ exceptions }: CalendarContent): FieldProblem[] {
  const seen = new Set<string>();
  return exceptions.flatMap(({ date }, index) => {
    if (!seen.has(date)) {
      seen.add(date);
      return [];
    }
    const detail = `${date} has an exception already; give all its hours in one.`;
    return [{ pointer: `/exceptions/${index}/date`, code: 'duplicate', detail }];
  });
}

/** The engine keeps closed dates and changed hours in two lists; the API has them in one. */
function engineProblems(content: CalendarContent): FieldProblem[] {
  const indexes = content.exceptions.map((exception, index) => ({
    index,
    closed: exception.intervals.length === 0,
  }));
  const places = {
    holidays: indexes.filter(({ closed }) => closed).map(({ index }) => index),
    overrides: indexes.filter(({ closed }) => !closed).map(({ index }) => index),
  };
  return validateCalendar(toDefinition(content)).map(({ pointer, code, detail }) => ({
    pointer: pointer.replace(
      /^\/(holidays|overrides)\/(\d+)/,
      (_whole, list: keyof typeof places, place: string) => {
        return `/exceptions/${places[list][Number(place)]}`;
      },
    ),
    code,
    detail,
  }));
}

/** Writes the rows of a new version; earlier versions stay as they are, since clocks point at them. */
export async function insertVersion(
  context: Context,
  db: Transaction,
  calendarId: string,
  number: number,
  content: CalendarContent,
): Promise<void> {
  const { companyId } = context;
  const { timezone, cycle } = content;
  await db.calendarVersion.create({
    data: {
      companyId,
      calendarId,
      number,
      timezone,
      cycleWeeks: cycle?.weeks ?? null,
      cycleAnchor: cycle === null ? null : new Date(cycle.anchor),
      createdBy: nameOf(context.actor),
      createdAt: context.now(),
    },
  });
  // One value a list: thousands of rows as values of their own cost the process half a second at a stretch.
  await db.$executeRaw`
    INSERT INTO calendar_interval (company_id, calendar_id, version, position, week, weekday, from_minute, to_minute)
    SELECT ${companyId}, ${calendarId}, ${number}, given.position - 1, w.week, w.weekday, w."from", w."to"
    FROM jsonb_array_elements(${JSON.stringify(content.weekly)}::jsonb) WITH ORDINALITY AS given (hours, position),
      jsonb_to_record(given.hours) AS w (week int, weekday int, "from" int, "to" int)`;
  await db.$executeRaw`
    INSERT INTO calendar_exception (company_id, calendar_id, version, date, name, intervals)
    SELECT ${companyId}, ${calendarId}, ${number}, x.date, x.name, x.intervals
    FROM jsonb_to_recordset(${JSON.stringify(content.exceptions)}::jsonb) AS x (date date, name text, intervals jsonb)`;
}

/**
 * Tells the workflow of each open ticket with a live clock whose team works by the calendar to compute its
 * deadlines anew: one statement in the caller's transaction, however many tickets there are.
 */
export async function announceToTickets(
  context: Context,
  db: Transaction,
  calendarId: string,
): Promise<void> {
  const head = newId('job').slice(0, idHeadLength);
  await db.$executeRaw`
    INSERT INTO job (company_id, id, ticket_id, kind, reference)
    SELECT t.company_id, ${head} || left(md5(gen_random_uuid()::text), 16), t.id, 'clocks_changed',
      '{"cause": "calendar_changed"}'::jsonb
    FROM team m JOIN ticket t ON t.company_id = m.company_id AND t.team_id = m.id
    WHERE m.company_id = ${context.companyId} AND m.calendar_id = ${calendarId}
      AND t.closed_at IS NULL AND t.archived_at IS NULL
      AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.company_id = t.company_id AND k.ticket_id = t.id
        AND k.status IN ('running', 'paused'))`;
}

function nameOf(actor: Actor): string {
  switch (actor.type) {
    case 'user':
      return actor.userId;
    case 'contact':
      return actor.contactId;
    case 'operator':
      return 'operator';
    case 'system':
      return actor.process;
  }
}

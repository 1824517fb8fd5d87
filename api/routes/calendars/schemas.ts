import { z } from 'zod';
import { answeredInstant, date, id, instant, line, recordMembers, timezone, version } from '../../schemas';

const fromMinute = z.int().min(0).max(1439).meta({ description: 'Minutes since local midnight.' });
const toMinute = z
  .int()
  .min(0)
  .max(1440)
  .meta({ description: 'Minutes since local midnight, 1440 at its end.' });
const week = z.int().min(0).max(52);

const weeklyHours = z
  .strictObject({
    weekday: z.int().min(1).max(7).meta({ description: 'Monday is 1.' }),
    from: fromMinute,
    to: toMinute.meta({ description: 'Up to 1440; not after `from` it runs over midnight.' }),
    week: week
      .nullish()
      .transform((given) => given ?? null)
      .meta({ description: 'Week of the cycle, from 0; without one the hours hold in every week.' }),
  })
  .meta({ id: 'WeeklyHoursInput' });

const dayHours = z.strictObject({ from: fromMinute, to: toMinute }).meta({ id: 'DayHours' });

const exceptionInput = z
  .strictObject({
    date,
    name: line(200),
    intervals: z
      .array(dayHours)
      .max(50)
      .default([])
      .meta({ description: "The date's hours in place of the weekly ones; none: closed all day." }),
  })
  .meta({ id: 'CalendarExceptionInput' });

const cycle = z
  .strictObject({
    weeks: z.int().min(1).max(53),
    anchor: date.meta({ description: 'A Monday, on which week 0 starts.' }),
  })
  .meta({ id: 'CalendarCycle', description: 'A rota of several weeks.' });

const weekly = z.array(weeklyHours).max(1000);
const exceptions = z.array(exceptionInput).max(5000);

export const calendarBody = z.strictObject({
  name: line(200),
  timezone,
  weekly: weekly.default([]),
  cycle: cycle.nullable().default(null),
  exceptions: exceptions.default([]),
});

export const calendarChanges = z.strictObject({
  name: line(200).optional(),
  timezone: timezone.optional(),
  weekly: weekly.optional(),
  cycle: cycle.nullable().optional(),
  exceptions: exceptions.optional(),
});

const content = {
  timezone: z.string(),
  weekly: z.array(
    z
      .strictObject({ weekday: z.int(), from: z.int(), to: z.int(), week: z.int().nullable() })
      .meta({ id: 'WeeklyHours' }),
  ),
  cycle: cycle.nullable(),
  exceptions: z.array(
    z
      .strictObject({ date, name: z.string(), intervals: z.array(dayHours) })
      .meta({ id: 'CalendarException' }),
  ),
};

const calendarMembers = {
  id: id('calendar'),
  name: z.string(),
  ...content,
  currentVersion: version.meta({ description: 'The version of the hours; clocks name the one they run by.' }),
  ...recordMembers,
};

export const calendar = z
  .strictObject(calendarMembers)
  .meta({ id: 'Calendar', description: 'Working hours in a time zone, with dated exceptions.' });

export const calendarVersion = z
  .strictObject({
    calendarId: id('calendar'),
    number: version,
    ...content,
    createdBy: z.string(),
    createdAt: answeredInstant,
  })
  .meta({ id: 'CalendarVersion', description: 'The hours as they once were; they never change.' });

export const holidaysSource = z.union([
  z.strictObject({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code such as DE')
      .meta({ description: 'ISO 3166-1 alpha-2.' }),
    region: z
      .string()
      .regex(/^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})?$/, 'must be a code such as BY')
      .optional()
      .meta({ description: 'A state, or a state and its region, such as BY or BY-A.' }),
    years: z.array(z.int().min(1970).max(2100)).min(1).max(20),
  }),
  z.string().min(1).meta({ description: 'An iCalendar (RFC 5545), sent as text/calendar.' }),
]);

export const calendarWithImport = z
  .strictObject({
    ...calendarMembers,
    imported: z.int().min(0).meta({ description: 'How many dates became closed by this import.' }),
    skipped: z
      .array(z.strictObject({ date, name: z.string() }))
      .meta({ description: 'Holidays of part of a day; say what hours remain by an exception of your own.' }),
  })
  .meta({ id: 'CalendarWithImport' });

const calendarVersionAsked = version.optional().meta({ description: 'The present version when left out.' });
const minutes = z.int().min(-100_000_000).max(100_000_000).meta({ description: 'Working time.' });

export const computation = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('add'),
    from: instant,
    minutes: minutes.meta({ description: 'Working time; negative goes back.' }),
    calendarVersion: calendarVersionAsked,
  }),
  z.strictObject({
    op: z.literal('between'),
    from: instant,
    to: instant,
    calendarVersion: calendarVersionAsked,
  }),
  z.strictObject({ op: z.literal('next_opening'), from: instant, calendarVersion: calendarVersionAsked }),
  z.strictObject({ op: z.literal('previous_closing'), from: instant, calendarVersion: calendarVersionAsked }),
  z.strictObject({
    op: z.literal('add_days'),
    from: instant,
    days: z.int().min(-100_000).max(100_000).meta({ description: 'Dates with working time.' }),
    minutes: minutes.optional(),
    calendarVersion: calendarVersionAsked,
  }),
]);

export const computationResult = z
  .strictObject({
    op: z.enum(['add', 'between', 'next_opening', 'previous_closing', 'add_days']),
    calendarVersion: version,
    instant: answeredInstant.nullable().meta({
      description: 'The answer of all but `between`; `null` when the calendar holds none.',
    }),
    minutes: z.int().nullable().meta({ description: 'The answer of `between` in whole minutes.' }),
    milliseconds: z.int().nullable().meta({ description: 'The answer of `between`, exact.' }),
    segments: z
      .array(
        z
          .strictObject({
            from: answeredInstant,
            to: answeredInstant,
            minutes: z.int().min(0),
            counted: z.boolean(),
            reason: z.enum(['working_hours', 'outside_hours', 'holiday', 'leave', 'override']),
            name: z.string().nullable(),
          })
          .meta({ id: 'WorkingTimeSegment' }),
      )
      .nullable()
      .meta({ description: 'Counted and skipped stretches; `null` when they span more than five years.' }),
  })
  .meta({ id: 'ComputationResult' });

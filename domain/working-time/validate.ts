import { isHoliday, readCalendar } from './calendar';
import type {
  CalendarDefinition,
  DateOverride,
  Leave,
  WeeklyCycle,
  WeeklyInterval,
} from './calendar-definition';
import { lastInstantMs, parseClock, parseDate, parseMoment, weekdayOf } from './civil';
import { EndlessLine } from './endless-line';
import { HoursSource } from './hours-source';
import { zoneOf } from './zone';

/** What can be wrong with a calendar (`spec.md` §6). */
export type CalendarProblemCode =
  | 'unknown_time_zone'
  | 'invalid_time'
  | 'invalid_date'
  | 'invalid_weekday'
  | 'invalid_week'
  | 'invalid_cycle'
  | 'crosses_midnight'
  | 'duplicate_override'
  | 'reversed_leave'
  | 'no_opening';

/** One problem: a JSON pointer into the definition, a stable code and a sentence for people. */
export type CalendarProblem = {
  readonly pointer: string;
  readonly code: CalendarProblemCode;
  readonly detail: string;
};

/** A year of weeks: longer rotas are mistakes, and tables grow with them. */
const longestCycleWeeks = 53;

type Report = (pointer: string, code: CalendarProblemCode, detail: string) => void;

/**
 * Everything wrong with a calendar about to be saved, empty when nothing is (`spec.md` §6). The shape is checked
 * before, at the edge; this checks the meaning. A calendar it passes compiles without an error.
 */
export function validateCalendar(definition: CalendarDefinition): CalendarProblem[] {
  const problems: CalendarProblem[] = [];
  const report: Report = (pointer, code, detail) => problems.push({ pointer, code, detail });
  const zoneKnown = checkZone(definition.timezone, report);
  if (definition.cycle) checkCycle(definition.cycle, report);
  definition.weekly.forEach((row, index) => checkWeekly(row, definition.cycle, `/weekly/${index}`, report));
  definition.holidays.forEach((entry, index) => {
    const pointer = `/holidays/${index}`;
    if (isHoliday(entry)) checkDate(entry.date, `${pointer}/date`, report);
    else checkLeave(entry, zoneKnown ? definition.timezone : null, pointer, report);
  });
  const dates = new Set<string>();
  (definition.overrides ?? []).forEach((override, index) => checkOverride(override, dates, index, report));
  if (problems.length === 0 && !opensEver(definition)) {
    report(
      '/weekly',
      'no_opening',
      'The calendar never opens: give it weekly hours or an opening on some date.',
    );
  }
  return problems;
}

function checkZone(timezone: string, report: Report): boolean {
  try {
    zoneOf(timezone);
    return true;
  } catch {
    report('/timezone', 'unknown_time_zone', `"${timezone}" is not an IANA time zone.`);
    return false;
  }
}

function checkCycle({ weeks, anchor }: WeeklyCycle, report: Report): void {
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > longestCycleWeeks) {
    report('/cycle/weeks', 'invalid_cycle', `A rota has 1 to ${longestCycleWeeks} weeks.`);
  }
  const day = checkDate(anchor, '/cycle/anchor', report);
  if (day !== null && weekdayOf(day) !== 1) {
    report('/cycle/anchor', 'invalid_cycle', `${anchor} is not a Monday; week 0 of a rota starts on one.`);
  }
}

function checkWeekly(
  { weekday, from, to, week }: WeeklyInterval,
  cycle: WeeklyCycle | undefined,
  pointer: string,
  report: Report,
): void {
  if (!Number.isInteger(weekday) || weekday < 1 || weekday > 7) {
    report(`${pointer}/weekday`, 'invalid_weekday', 'A weekday is 1 (Monday) to 7 (Sunday).');
  }
  checkClock(from, false, `${pointer}/from`, report);
  checkClock(to, true, `${pointer}/to`, report);
  if (week === undefined) return;
  if (!cycle) report(`${pointer}/week`, 'invalid_week', 'A week needs a rota: the calendar has no cycle.');
  else if (!Number.isInteger(week) || week < 0 || week >= cycle.weeks) {
    report(`${pointer}/week`, 'invalid_week', `The weeks of this rota are 0 to ${cycle.weeks - 1}.`);
  }
}

function checkOverride(
  { date, intervals }: DateOverride,
  dates: Set<string>,
  index: number,
  report: Report,
): void {
  const pointer = `/overrides/${index}`;
  checkDate(date, `${pointer}/date`, report);
  if (dates.has(date)) report(`${pointer}/date`, 'duplicate_override', `${date} has an override already.`);
  dates.add(date);
  intervals.forEach(({ from, to }, position) => {
    const place = `${pointer}/intervals/${position}`;
    const opens = checkClock(from, false, `${place}/from`, report);
    const closes = checkClock(to, true, `${place}/to`, report);
    if (opens !== null && closes !== null && closes <= opens) {
      report(
        `${place}/to`,
        'crosses_midnight',
        'An override ends on its own date, after it begins: 24:00 at the latest.',
      );
    }
  });
}

function checkLeave({ start, end }: Leave, timezone: string | null, pointer: string, report: Report): void {
  const from = parseMoment(start);
  const to = parseMoment(end);
  const wanted = 'is not a date and time such as 2026-01-05T10:00, with or without an offset.';
  if (from === null) report(`${pointer}/start`, 'invalid_date', `"${start}" ${wanted}`);
  if (to === null) report(`${pointer}/end`, 'invalid_date', `"${end}" ${wanted}`);
  if (from === null || to === null || timezone === null) return;
  const zone = zoneOf(timezone);
  const fromMs = from.wall ? zone.toInstant(from.ms) : from.ms;
  const toMs = to.wall ? zone.toInstant(to.ms) : to.ms;
  // Two wall times are compared as written too: in a fold both orders may be the same instants.
  if (fromMs > toMs || (from.wall && to.wall && from.ms > to.ms)) {
    report(`${pointer}/end`, 'reversed_leave', 'A leave does not end before it starts.');
  }
}

function checkDate(text: string, pointer: string, report: Report): number | null {
  const day = parseDate(text);
  if (day === null)
    report(pointer, 'invalid_date', `"${text}" is not a date of the calendar, as YYYY-MM-DD.`);
  return day;
}

function checkClock(text: string, endOfDay: boolean, pointer: string, report: Report): number | null {
  const minutes = parseClock(text);
  if (minutes !== null && (endOfDay || minutes < 1440)) return minutes;
  report(
    pointer,
    'invalid_time',
    `"${text}" is not a time from 00:00 to ${endOfDay ? '24:00' : '23:59'}, as HH:MM.`,
  );
  return null;
}

function opensEver(definition: CalendarDefinition): boolean {
  // Weekly hours outlast every exception, which all end.
  if (definition.weekly.length > 0) return true;
  return new EndlessLine(new HoursSource(readCalendar(definition))).opening(-lastInstantMs) !== null;
}

import type { CalendarDefinition } from '../../domain/working-time';

/** Weekly hours as stored and as the API writes them: minutes since local midnight, Monday = 1. */
export interface WeeklyHours {
  readonly weekday: number;
  readonly from: number;
  /** Up to 1440; `to <= from` runs over midnight into the next date. */
  readonly to: number;
  /** 0-based week of the rota; `null` holds in every week. */
  readonly week: number | null;
}

/** Hours of one date; `to > from` always. */
export interface DayHours {
  readonly from: number;
  readonly to: number;
}

/** A dated exception: closed all day without intervals, else they replace that date's weekly hours. */
export interface DatedException {
  /** `YYYY-MM-DD` in the calendar's zone. */
  readonly date: string;
  readonly name: string;
  readonly intervals: readonly DayHours[];
}

export interface Rota {
  readonly weeks: number;
  /** `YYYY-MM-DD`, a Monday, on which week 0 starts. */
  readonly anchor: string;
}

/** The part of a calendar that is versioned (spec.md §6). */
export interface CalendarContent {
  readonly timezone: string;
  readonly weekly: readonly WeeklyHours[];
  readonly cycle: Rota | null;
  readonly exceptions: readonly DatedException[];
}

/** The engine's form of a stored calendar, for `compileCalendar` and `validateCalendar` (spec.md §6). */
export function toDefinition(content: CalendarContent): CalendarDefinition {
  const closed = content.exceptions.filter((exception) => exception.intervals.length === 0);
  const changed = content.exceptions.filter((exception) => exception.intervals.length > 0);
  return {
    timezone: content.timezone,
    weekly: content.weekly.map(({ weekday, from, to, week }) => ({
      weekday,
      from: clock(from),
      to: clock(to),
      ...(week === null ? {} : { week }),
    })),
    holidays: closed.map(({ date, name }) => ({ date, name })),
    overrides: changed.map(({ date, name, intervals }) => ({
      date,
      name,
      intervals: intervals.map(({ from, to }) => ({ from: clock(from), to: clock(to) })),
    })),
    ...(content.cycle === null ? {} : { cycle: content.cycle }),
  };
}

/** Minutes since midnight as `HH:MM`; 1440 is `24:00`. */
function clock(minutes: number): string {
  const hours = Math.trunc(minutes / 60);
  return `${String(hours).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** One weekly interval in wall-clock time, half-open; `to <= from` runs over midnight into the next date. */
export type WeeklyInterval = {
  /** 1 to 7, Monday = 1. */
  readonly weekday: number;
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, or `24:00`. */
  readonly to: string;
  /** 0-based week of the rota; only with `cycle`. Without it the interval holds in every week. */
  readonly week?: number;
};

/** A local date that is closed from midnight to midnight (23 or 25 hours on a DST date). */
export type Holiday = { readonly date: string; readonly name?: string };

/**
 * A closed stretch, half-open. Without an offset `start` and `end` are wall-clock times of the calendar's zone,
 * with an offset or `Z` they are instants. Zero length has no effect.
 */
export type Leave = { readonly start: string; readonly end: string; readonly name?: string };

/** Wall-clock hours of one date; `to > from` always. */
export type OverrideInterval = { readonly from: string; readonly to: string };

/**
 * Replaces the weekly hours of one local date, also the tail of a night interval that began the day before.
 * A holiday of the same date wins.
 */
export type DateOverride = {
  readonly date: string;
  readonly intervals: readonly OverrideInterval[];
  readonly name?: string;
};

/** A rota of `weeks` weeks; week 0 starts on `anchor`, a Monday, and the rota runs on before and after it. */
export type WeeklyCycle = { readonly weeks: number; readonly anchor: string };

/**
 * A working calendar as it is stored and versioned (`spec.md` §6). Dates are `YYYY-MM-DD` in `timezone`, an
 * IANA name. Overlapping intervals count once; nothing here is ordered.
 */
export type CalendarDefinition = {
  readonly timezone: string;
  readonly weekly: readonly WeeklyInterval[];
  readonly holidays: readonly (Holiday | Leave)[];
  readonly overrides?: readonly DateOverride[];
  readonly cycle?: WeeklyCycle;
};

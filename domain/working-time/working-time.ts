/** Why a stretch of time counts or does not (`spec.md` §6). */
export type SegmentReason = 'working_hours' | 'outside_hours' | 'holiday' | 'leave' | 'override';

/**
 * A stretch `[fromMs, toMs)` in epoch milliseconds with one reason (`spec.md` §6). `override` is counted where
 * the override opens and skipped where it closes hours the week would have had. `name` is that of the holiday,
 * leave or override, when it has one.
 */
export type Segment = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counted: boolean;
  readonly reason: SegmentReason;
  readonly name?: string;
};

/**
 * A compiled calendar (`spec.md` §6): immutable in its answers, safe to share and to keep for as long as the
 * calendar version lives. Instants are epoch milliseconds, durations elapsed milliseconds; every answer is exact
 * to the millisecond. The cost of a call does not depend on the length of the span, `segments` excepted.
 * Arguments that are not numbers within the range of `Date` throw a `RangeError`.
 */
export interface WorkingTime {
  /**
   * The instant at which `durationMs` of working time after `startMs` have passed; negative goes back. An exact
   * fit ends at closing time (backwards: at the opening), and zero returns `startMs`. `null`: there is not that
   * much working time on that side, within the range of `Date`.
   */
  addMs(startMs: number, durationMs: number): number | null;

  /** Working milliseconds from `aMs` to `bMs`, negative when `bMs` is earlier. */
  betweenMs(aMs: number, bMs: number): number;

  /** `ms` itself inside an open `[from, to)`, else the next opening; `null` when the calendar never opens again. */
  nextOpening(ms: number): number | null;

  /** `ms` itself inside an open `(from, to]`, else the last closing; `null` when the calendar was never open. */
  previousClosing(ms: number): number | null;

  /**
   * The deadline of a target in working days and milliseconds. Takes the `days`-th date with working time after
   * the local date of `startMs`, keeps the wall-clock time, clamps it into that date's intervals (before or
   * between them: forward to the opening; after them: back to the last closing), then adds `thenMs` as `addMs`.
   * `days` is whole; 0 is `addMs(startMs, thenMs)`, negative takes dates before. `null`: there is no such date.
   */
  addDays(startMs: number, days: number, thenMs: number): number | null;

  /**
   * Stretches with reasons, in order, without gaps, from `fromMs` to `toMs` exactly; empty when `toMs <= fromMs`.
   * The counted ones sum to `betweenMs(fromMs, toMs)`. Linear in the number of dates.
   */
  segments(fromMs: number, toMs: number): Segment[];
}

import { type Calendar, readCalendar } from './calendar';
import type { CalendarDefinition } from './calendar-definition';
import { dayMs, lastInstantMs } from './civil';
import { DatesSource } from './dates-source';
import { EndlessLine } from './endless-line';
import { HoursSource } from './hours-source';
import { segmentsOf } from './segments';
import type { Segment, WorkingTime } from './working-time';
import { assertInstant } from './zone';

/**
 * Compiles a calendar (`spec.md` §6). Cheap: the text is read at once, years of zone data and exceptions when a
 * question first reaches them, and they are kept inside. Pure in its answers; the same definition and zone data give
 * the same instants everywhere. Also compiles a calendar without any opening, which answers 0 and `null` at once.
 * Throws `RangeError` on an unknown zone or malformed text: see `validateCalendar`.
 */
export function compileCalendar(definition: CalendarDefinition): WorkingTime {
  return new CompiledCalendar(readCalendar(definition));
}

class CompiledCalendar implements WorkingTime {
  private readonly calendar: Calendar;
  private readonly hours: EndlessLine;
  private readonly dates: EndlessLine;

  constructor(calendar: Calendar) {
    this.calendar = calendar;
    this.hours = new EndlessLine(new HoursSource(calendar));
    this.dates = new EndlessLine(new DatesSource(calendar, this.hours));
  }

  addMs(startMs: number, durationMs: number): number | null {
    return this.hours.advance(startMs, durationMs);
  }

  betweenMs(aMs: number, bMs: number): number {
    return this.hours.between(aMs, bMs);
  }

  nextOpening(ms: number): number | null {
    return this.hours.opening(ms);
  }

  previousClosing(ms: number): number | null {
    return this.hours.closing(ms);
  }

  addDays(startMs: number, days: number, thenMs: number): number | null {
    assertInstant(startMs);
    if (!Number.isInteger(days)) throw new RangeError(`Not a whole number of days: ${days}`);
    if (days === 0) return this.hours.advance(startMs, thenMs);
    const { zone } = this.calendar;
    const wallMs = startMs + zone.offsetAt(startMs);
    const startDay = Math.floor(wallMs / dayMs);
    // Forwards a date is reached at its end, backwards at its start.
    const position = this.dates.advance(days > 0 ? startDay + 1 : startDay, days);
    if (position === null) return null;
    const day = days > 0 ? position - 1 : position;
    const clampedMs = this.clampInto(day, zone.toInstant(day * dayMs + wallMs - startDay * dayMs));
    return clampedMs === null ? null : this.hours.advance(clampedMs, thenMs);
  }

  segments(fromMs: number, toMs: number): Segment[] {
    return segmentsOf(this.calendar, fromMs, toMs);
  }

  /** Nearest instant within the closed intervals of a working date: forward, or back once that date is over. */
  private clampInto(day: number, ms: number): number | null {
    if (Math.abs(ms) > lastInstantMs) return null;
    const endMs = this.calendar.zone.midnight(day + 1);
    const closing = this.hours.closing(Math.min(ms, endMs));
    if (closing === ms) return ms;
    const opening = this.hours.opening(ms);
    return opening !== null && opening < endMs ? opening : closing;
  }
}

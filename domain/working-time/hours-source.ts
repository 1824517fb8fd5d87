import type { Calendar } from './calendar';
import { dayMs, firstDayOfYear, lastInstantMs, yearOfInstant } from './civil';
import { closedSpans } from './closures';
import { openSpans } from './date-hours';
import type { LineSource } from './endless-line';
import { exceptionYears, gregorianRepeat } from './horizon';
import { closedRow, Line, openRow, periodicRow, type Row } from './line';
import { RowList } from './row-list';
import { datesAround } from './zone';

/**
 * The line of working milliseconds over epoch milliseconds (`spec.md` §6): periodic hours, one row per change of
 * offset, and laid out date by date only where a date has an override or a change of offset meets the hours.
 */
export class HoursSource implements LineSource {
  readonly firstYear: number;
  readonly ruledYear: number;
  readonly finite: boolean;
  readonly repeatLength: number;
  readonly workPerYear: number;
  readonly limit = lastInstantMs;
  private readonly calendar: Calendar;
  private readonly repeat: { readonly years: number; readonly days: number };

  constructor(calendar: Calendar) {
    const years = exceptionYears(calendar);
    this.calendar = calendar;
    this.firstYear = years.first;
    this.ruledYear = years.ruled;
    this.finite = calendar.zone.steady || calendar.hours.total === 0;
    this.repeat = gregorianRepeat(calendar.slots.length);
    this.repeatLength = this.repeat.days * dayMs;
    this.workPerYear = (calendar.hours.total / calendar.hours.period) * 365.2425 * dayMs;
  }

  repeatYears(): number {
    return !this.finite && this.calendar.zone.changesForever() ? this.repeat.years : 0;
  }

  yearOf(position: number): number {
    return yearOfInstant(position);
  }

  build(fromYear: number, toYear: number, originYear: number): Line {
    const { calendar } = this;
    const fromDay = firstDayOfYear(fromYear);
    const toDay = firstDayOfYear(toYear);
    const endless = toYear >= this.ruledYear && this.repeatYears() === 0;
    const end = endless ? Infinity : calendar.zone.midnight(toDay);
    const list = new RowList();
    list.push(
      fromYear <= this.firstYear ? -Infinity : calendar.zone.midnight(fromDay),
      periodicRow,
      this.anchorOn(fromDay),
    );
    for (const [first, last] of this.windows(fromYear, toYear)) {
      this.layOut(list, Math.max(first, fromDay), Math.min(last + 1, toDay));
    }
    const rows = RowList.withClosed(list.rows, end, closedSpans(calendar, fromDay, toDay), (row, from, to) =>
      this.isIdle(row, from, to),
    );
    return new Line(calendar.hours, rows, end, calendar.zone.midnight(firstDayOfYear(originYear)));
  }

  /** Runs of dates, first and last, that may not follow the periodic hours. */
  private windows(fromYear: number, toYear: number): [number, number][] {
    const { overrides, zone } = this.calendar;
    const windows: [number, number][] = [];
    const fromDay = firstDayOfYear(fromYear);
    const toDay = firstDayOfYear(toYear);
    for (const day of overrides.keys()) {
      if (day >= fromDay && day < toDay) windows.push([day, day]);
    }
    if (this.calendar.hours.total > 0) {
      for (const change of zone.changes(fromYear - 1, toYear + 1)) {
        const { first, last } = datesAround(change);
        if (last >= fromDay && first < toDay) windows.push([first, last]);
      }
    }
    windows.sort((left, right) => left[0] - right[0]);
    const joined: [number, number][] = [];
    for (const [first, last] of windows) {
      const previous = joined[joined.length - 1];
      if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
      else joined.push([first, last]);
    }
    return joined;
  }

  /** Rows for the dates `[fromDay, toDay)`, and the periodic row that follows them. */
  private layOut(list: RowList, fromDay: number, toDay: number): void {
    const { zone } = this.calendar;
    const from = zone.midnight(fromDay);
    const to = zone.midnight(toDay);
    const spans = openSpans(this.calendar, fromDay, toDay);
    const periodic = this.periodicRows(fromDay, toDay);
    if (sameSpans(spans, this.spansOf(periodic, to))) {
      for (const row of periodic) list.push(row.start, row.kind, row.anchor);
    } else {
      let at = from;
      for (let index = 0; index < spans.length; index += 2) {
        const opens = spans[index] as number;
        if (opens > at) list.push(at, closedRow, 0);
        list.push(opens, openRow, 0);
        at = spans[index + 1] as number;
      }
      if (at < to) list.push(at, closedRow, 0);
    }
    list.push(to, periodicRow, this.anchorOn(toDay));
  }

  /** What the dates would be if the periodic hours merely went on with the new offset after each change. */
  private periodicRows(fromDay: number, toDay: number): Row[] {
    const { zone } = this.calendar;
    const from = zone.midnight(fromDay);
    const to = zone.midnight(toDay);
    const list = new RowList();
    list.push(from, periodicRow, this.anchorAt(from));
    for (const { atMs } of zone.changes(yearOfInstant(from), yearOfInstant(to) + 1)) {
      if (atMs > from && atMs < to) list.push(atMs, periodicRow, this.anchorAt(atMs));
    }
    return list.rows;
  }

  private spansOf(rows: readonly Row[], end: number): number[] {
    const { hours } = this.calendar;
    const spans: number[] = [];
    rows.forEach((row, index) => {
      const rowEnd = rows[index + 1]?.start ?? end;
      for (const part of hours.spansWithin(row.start - row.anchor, rowEnd - row.anchor)) {
        const position = part + row.anchor;
        // Hours that run on from row to row are one span.
        if (spans[spans.length - 1] === position) spans.pop();
        else spans.push(position);
      }
    });
    return spans;
  }

  private isIdle(row: Row, from: number, to: number): boolean {
    const { hours } = this.calendar;
    return row.kind === periodicRow && hours.workAt(from - row.anchor) === hours.workAt(to - row.anchor);
  }

  private anchorOn(day: number): number {
    return this.anchorAt(this.calendar.zone.midnight(day));
  }

  private anchorAt(ms: number): number {
    return this.calendar.anchorDay * dayMs - this.calendar.zone.offsetAt(ms);
  }
}

function sameSpans(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((position, index) => position === right[index]);
}

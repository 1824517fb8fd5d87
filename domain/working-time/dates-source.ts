import type { Calendar } from './calendar';
import { dayMs, firstDayOfYear, lastInstantMs, yearOfInstant } from './civil';
import { leavesWithin } from './closures';
import type { EndlessLine, LineSource } from './endless-line';
import { exceptionYears, gregorianRepeat } from './horizon';
import { closedRow, Line, openRow, periodicRow } from './line';
import { Periodic } from './periodic';
import { RowList } from './row-list';
import { unite } from './spans';
import { datesAround } from './zone';

/** A run of dates `[from, to)` known to have working time on each, or on none. */
type DateRun = { readonly from: number; readonly to: number; readonly working: boolean };

/**
 * The line of working dates over day numbers (`spec.md` §6): the position moves by one a date and the work by one a
 * date that has any working time. Dates that differ from their weekday in the rota have a row of their own.
 */
export class DatesSource implements LineSource {
  readonly firstYear: number;
  readonly ruledYear: number;
  readonly finite: boolean;
  readonly repeatLength: number;
  readonly workPerYear: number;
  readonly limit = lastInstantMs / dayMs;
  private readonly calendar: Calendar;
  private readonly hours: EndlessLine;
  private readonly dates: Periodic;
  private readonly repeatAfterYears: number;

  constructor(calendar: Calendar, hours: EndlessLine) {
    const years = exceptionYears(calendar);
    const repeat = gregorianRepeat(calendar.slots.length);
    const worked = calendar.slots.flatMap((_minutes, slot) =>
      calendar.hours.workAt(slot * dayMs) < calendar.hours.workAt((slot + 1) * dayMs) ? [slot, slot + 1] : [],
    );
    this.calendar = calendar;
    this.hours = hours;
    this.dates = new Periodic(calendar.slots.length, unite(worked));
    this.firstYear = years.first;
    this.ruledYear = years.ruled;
    this.finite = calendar.zone.steady || this.dates.total === 0;
    this.repeatAfterYears = repeat.years;
    this.repeatLength = repeat.days;
    this.workPerYear = (this.dates.total / this.dates.period) * 365.2425;
  }

  repeatYears(): number {
    return !this.finite && this.calendar.zone.changesForever() ? this.repeatAfterYears : 0;
  }

  yearOf(position: number): number {
    return yearOfInstant(position * dayMs);
  }

  build(fromYear: number, toYear: number, originYear: number): Line {
    const { anchorDay } = this.calendar;
    const fromDay = firstDayOfYear(fromYear);
    const toDay = firstDayOfYear(toYear);
    const endless = toYear >= this.ruledYear && this.repeatYears() === 0;
    const list = new RowList();
    list.push(fromYear <= this.firstYear ? -Infinity : fromDay, periodicRow, anchorDay);
    let at = fromDay;
    for (const run of this.runs(fromYear, toYear)) {
      const from = Math.max(at, run.from);
      const to = Math.min(toDay, run.to);
      if (from >= to) continue;
      at = to;
      const usual = this.dates.workAt(to - anchorDay) - this.dates.workAt(from - anchorDay);
      if (usual === (run.working ? to - from : 0)) continue;
      list.push(from, run.working ? openRow : closedRow, 0);
      list.push(to, periodicRow, anchorDay);
    }
    const rows = list.rows.filter(({ start }) => start < toDay);
    return new Line(this.dates, rows, endless ? Infinity : toDay, firstDayOfYear(originYear));
  }

  /** All that is known about dates which may differ from their weekday, in order; runs never contradict. */
  private runs(fromYear: number, toYear: number): DateRun[] {
    const { calendar } = this;
    const { zone } = calendar;
    const fromDay = firstDayOfYear(fromYear);
    const toDay = firstDayOfYear(toYear);
    const days = new Set<number>([...calendar.holidays.keys(), ...calendar.overrides.keys()]);
    const runs: DateRun[] = [];
    for (const { fromMs, toMs } of leavesWithin(calendar, zone.midnight(fromDay), zone.midnight(toDay))) {
      const first = zone.dayAt(fromMs);
      const last = zone.dayAt(toMs - 1);
      days.add(first).add(last);
      if (first + 1 < last) runs.push({ from: first + 1, to: last, working: false });
    }
    if (this.dates.total > 0) {
      for (const change of zone.changes(fromYear - 1, toYear + 1)) {
        const { first, last } = datesAround(change);
        for (let day = first; day <= last; day++) days.add(day);
      }
    }
    for (const day of days) {
      if (day < fromDay || day >= toDay) continue;
      const working = this.hours.between(zone.midnight(day), zone.midnight(day + 1)) > 0;
      runs.push({ from: day, to: day + 1, working });
    }
    return runs.sort((left, right) => left.from - right.from);
  }
}

import type { Calendar, ReadLeave } from './calendar';
import { dayMs, type Moment } from './civil';
import { unite } from './spans';

/** A leave as instants, cut to what was asked for. */
export type LeaveSpan = { readonly fromMs: number; readonly toMs: number; readonly name: string | undefined };

/** No zone is further than this from UTC, nor moves further at once: what is farther away needs no offset. */
const farMs = 2 * dayMs;

/** Leaves that touch `[fromMs, toMs)`, cut to it, in the order written. */
export function leavesWithin(calendar: Calendar, fromMs: number, toMs: number): LeaveSpan[] {
  const found: LeaveSpan[] = [];
  for (const leave of calendar.leaves) {
    if (leave.to.ms < fromMs - farMs || leave.from.ms > toMs + farMs) continue;
    const span = cut(calendar, leave, fromMs, toMs);
    if (span.fromMs < span.toMs) found.push(span);
  }
  return found;
}

/** United closed spans, holidays and leaves, within `[fromMs, toMs)`, the local dates `[fromDay, toDay)`. */
export function closedSpans(calendar: Calendar, fromDay: number, toDay: number): number[] {
  const { zone } = calendar;
  const spans: number[] = [];
  for (const day of calendar.holidays.keys()) {
    if (day >= fromDay && day < toDay) spans.push(zone.midnight(day), zone.midnight(day + 1));
  }
  for (const { fromMs, toMs } of leavesWithin(calendar, zone.midnight(fromDay), zone.midnight(toDay))) {
    spans.push(fromMs, toMs);
  }
  return unite(spans);
}

function cut(calendar: Calendar, leave: ReadLeave, fromMs: number, toMs: number): LeaveSpan {
  return {
    fromMs: leave.from.ms < fromMs - farMs ? fromMs : Math.max(fromMs, instantOf(calendar, leave.from)),
    toMs: leave.to.ms > toMs + farMs ? toMs : Math.min(toMs, instantOf(calendar, leave.to)),
    name: leave.name,
  };
}

function instantOf(calendar: Calendar, moment: Moment): number {
  return moment.wall ? calendar.zone.toInstant(moment.ms) : moment.ms;
}

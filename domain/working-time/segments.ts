import type { Calendar } from './calendar';
import { type LeaveSpan, leavesWithin } from './closures';
import { openSpans } from './date-hours';
import { covers } from './spans';
import type { Segment, SegmentReason } from './working-time';
import { assertInstant } from './zone';

/**
 * Stretches of `[fromMs, toMs)` with their reasons, as `WorkingTime.segments` promises (`spec.md` §6). A holiday is
 * the reason for the whole of its date, a leave for all of its own span, whether or not the week would be open.
 */
export function segmentsOf(calendar: Calendar, fromMs: number, toMs: number): Segment[] {
  assertInstant(fromMs);
  assertInstant(toMs);
  const segments: Segment[] = [];
  if (toMs <= fromMs) return segments;
  const { zone } = calendar;
  const lastDay = zone.dayAt(toMs - 1);
  // A fold at midnight shows yesterday's date once more after its midnight: begin a date early.
  for (let day = zone.dayAt(fromMs) - 1; day <= lastDay + 1; day++) {
    const from = Math.max(fromMs, zone.midnight(day));
    const to = Math.min(toMs, zone.midnight(day + 1));
    if (from < to) addDate(segments, calendar, day, from, to);
  }
  return segments;
}

function addDate(segments: Segment[], calendar: Calendar, day: number, fromMs: number, toMs: number): void {
  if (calendar.holidays.has(day)) {
    addSegment(segments, segment(fromMs, toMs, false, 'holiday', calendar.holidays.get(day)));
    return;
  }
  const override = calendar.overrides.get(day);
  const open = openSpans(calendar, day, day + 1);
  const usual = override ? openSpans(calendar, day, day + 1, false) : open;
  const leaves = leavesWithin(calendar, fromMs, toMs);
  const cuts = [fromMs, toMs, ...open, ...usual, ...leaves.flatMap((leave) => [leave.fromMs, leave.toMs])];
  const ends = [...new Set(cuts)]
    .filter((ms) => ms >= fromMs && ms <= toMs)
    .sort((left, right) => left - right);
  for (let index = 1; index < ends.length; index++) {
    const from = ends[index - 1] as number;
    const to = ends[index] as number;
    const leave = leaves.find((span) => span.fromMs <= from && from < span.toMs);
    addSegment(segments, classify(from, to, leave, override, covers(open, from), covers(usual, from)));
  }
}

function classify(
  from: number,
  to: number,
  leave: LeaveSpan | undefined,
  override: { readonly name: string | undefined } | undefined,
  open: boolean,
  usual: boolean,
): Segment {
  if (leave) return segment(from, to, false, 'leave', leave.name);
  if (override && (open || usual)) return segment(from, to, open, 'override', override.name);
  return segment(from, to, open, open ? 'working_hours' : 'outside_hours', undefined);
}

function segment(
  fromMs: number,
  toMs: number,
  counted: boolean,
  reason: SegmentReason,
  name: string | undefined,
): Segment {
  return name === undefined ? { fromMs, toMs, counted, reason } : { fromMs, toMs, counted, reason, name };
}

/** Appends, joining what differs in nothing from the segment before. */
function addSegment(segments: Segment[], next: Segment): void {
  const last = segments[segments.length - 1];
  if (last && last.counted === next.counted && last.reason === next.reason && last.name === next.name) {
    segments[segments.length - 1] = { ...last, toMs: next.toMs };
  } else {
    segments.push(next);
  }
}

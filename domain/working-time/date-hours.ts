import { type Calendar, slotOf } from './calendar';
import { dayMs } from './civil';
import { clip, unite } from './spans';

/**
 * Open spans, in epoch milliseconds, of the local dates `[fromDay, toDay)` before holidays and leaves, laid out
 * date by date: interval ends in a gap or fold resolve as Temporal's `compatible`. `overridden` false asks for the
 * weekly hours also on dates that have an override.
 */
export function openSpans(calendar: Calendar, fromDay: number, toDay: number, overridden = true): number[] {
  const { zone } = calendar;
  const spans: number[] = [];
  // A gap at midnight pushes the end of an interval into the next date: lay out the neighbours, then cut.
  for (let day = fromDay - 1; day <= toDay; day++) {
    const override = overridden ? calendar.overrides.get(day) : undefined;
    const minutes = override?.minutes ?? calendar.slots[slotOf(calendar, day)] ?? [];
    if (minutes.length === 0 || zone.midnight(day + 1) <= zone.midnight(day)) continue;
    for (const minute of minutes) spans.push(zone.toInstant(day * dayMs + minute * 60_000));
  }
  return clip(unite(spans), zone.midnight(fromDay), zone.midnight(toDay));
}

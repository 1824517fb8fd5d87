import type { CalendarDefinition, DateOverride, Holiday, Leave } from './calendar-definition';
import { dayMs, type Moment, parseClock, parseDate, parseMoment } from './civil';
import { Periodic } from './periodic';
import { unite } from './spans';
import { type Zone, zoneOf } from './zone';

/** A leave with its ends read; `from` and `to` are wall times or instants, each on its own. */
export type ReadLeave = { readonly from: Moment; readonly to: Moment; readonly name: string | undefined };

/** The hours of an overridden date: flat pairs of minutes since midnight, as written. */
export type ReadOverride = { readonly minutes: readonly number[]; readonly name: string | undefined };

/**
 * A definition read once: dates as day numbers, clock times as minutes, night intervals split at midnight
 * (`spec.md` §6). Everything that follows works on this, none of it on text.
 */
export type Calendar = {
  readonly zone: Zone;
  /** Day number of day 0 of the rota, a Monday. */
  readonly anchorDay: number;
  /** Per day of the rota, flat pairs of minutes since midnight, as written: neither ordered nor united. */
  readonly slots: readonly (readonly number[])[];
  readonly holidays: ReadonlyMap<number, string | undefined>;
  readonly overrides: ReadonlyMap<number, ReadOverride>;
  readonly leaves: readonly ReadLeave[];
  /** The weekly hours on the wall clock, from the midnight that begins `anchorDay`. */
  readonly hours: Periodic;
};

/** 1970-01-05, the anchor of calendars without a rota. */
const someMonday = 4;

/** Reads a valid definition; throws `RangeError` on text that `validateCalendar` would refuse (`spec.md` §6). */
export function readCalendar(definition: CalendarDefinition): Calendar {
  const slots = readSlots(definition);
  const wallMs = slots.flatMap((minutes, slot) => minutes.map((minute) => slot * dayMs + minute * 60_000));
  return {
    zone: zoneOf(definition.timezone),
    anchorDay: definition.cycle ? read(parseDate, definition.cycle.anchor) : someMonday,
    slots,
    holidays: new Map(
      definition.holidays.filter(isHoliday).map((holiday) => [read(parseDate, holiday.date), holiday.name]),
    ),
    overrides: readOverrides(definition.overrides ?? []),
    leaves: definition.holidays.filter(isLeave).map((leave) => ({
      from: read(parseMoment, leave.start),
      to: read(parseMoment, leave.end),
      name: leave.name,
    })),
    hours: new Periodic(slots.length * dayMs, unite(wallMs)),
  };
}

/** Index into `slots` of a date. */
export function slotOf(calendar: Calendar, day: number): number {
  const { length } = calendar.slots;
  return (((day - calendar.anchorDay) % length) + length) % length;
}

/** Whether an entry closes whole dates rather than a stretch of time. */
export function isHoliday(entry: Holiday | Leave): entry is Holiday {
  return 'date' in entry;
}

function isLeave(entry: Holiday | Leave): entry is Leave {
  return !isHoliday(entry);
}

function readSlots(definition: CalendarDefinition): number[][] {
  const weeks = definition.cycle?.weeks ?? 1;
  const slots = Array.from({ length: 7 * weeks }, (): number[] => []);
  for (const { weekday, from, to, week } of definition.weekly) {
    const opens = read(parseClock, from);
    const closes = read(parseClock, to);
    const everyWeek = week === undefined || !definition.cycle;
    const mondays = everyWeek ? Array.from({ length: weeks }, (_, index) => 7 * index) : [7 * week];
    for (const monday of mondays) {
      const slot = monday + weekday - 1;
      if (closes > opens) slots[slot]?.push(opens, closes);
      else {
        slots[slot]?.push(opens, 1440);
        slots[(slot + 1) % slots.length]?.push(0, closes);
      }
    }
  }
  return slots;
}

function readOverrides(overrides: readonly DateOverride[]): Map<number, ReadOverride> {
  const found = new Map<number, ReadOverride>();
  for (const { date, intervals, name } of overrides) {
    const day = read(parseDate, date);
    const minutes = intervals.flatMap(({ from, to }) => [read(parseClock, from), read(parseClock, to)]);
    const earlier = found.get(day);
    found.set(day, { minutes: [...(earlier?.minutes ?? []), ...minutes], name: earlier?.name ?? name });
  }
  return found;
}

function read<Value>(parse: (text: string) => Value | null, text: string): Value {
  const value = parse(text);
  if (value === null) throw new RangeError(`Malformed calendar: ${text}`);
  return value;
}

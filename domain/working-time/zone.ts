import { dayMs, firstDayOfYear, lastInstantMs, weekdayOf, yearOfInstant } from './civil';
import { intlProbe, type OffsetProbe, probeOffsets, type YearOffsets } from './zone-probe';

/** A change of a zone's offset at an instant. */
export type OffsetChange = { readonly atMs: number; readonly before: number; readonly after: number };

/**
 * First and last local date on which wall-clock times meet a change of offset: the gap or fold itself, and as far
 * beyond it as `compatible` moves a time forward. On all other dates midnights and intervals keep one offset.
 */
export function datesAround({ atMs, before, after }: OffsetChange): { first: number; last: number } {
  return {
    first: Math.floor((atMs + Math.min(before, after)) / dayMs),
    last: Math.floor((atMs + Math.max(before, after) + Math.abs(after - before)) / dayMs),
  };
}

/** Before this year every zone kept its local mean time: the oldest change on record is of 1835. */
const firstChangingYear = 1800;

/**
 * From this year on every zone follows a yearly rule (the last tables, of Morocco and Gaza, end in 2087), and such
 * a rule depends only on the weekday of 1 January and on the leap day: fourteen years stand for all that follow.
 */
export const firstRuledYear = 2101;

const steadyZone = /^(?:(?:Etc\/)?(?:UTC|UCT|GMT|Universal|Zulu)|Etc\/GMT[+-]?\d{1,2})$/;

/**
 * Offsets of one IANA zone without a horizon (`spec.md` §6). `Intl` is asked once per zone and year, when that
 * year is first needed.
 */
export class Zone {
  /** The offset never changes. */
  readonly steady: boolean;
  private readonly probe: OffsetProbe;
  private readonly steadyOffset: number;
  private readonly years = new Map<number, YearOffsets>();

  constructor(timezone: string) {
    this.probe = intlProbe(timezone);
    this.steady = steadyZone.test(timezone);
    this.steadyOffset = this.steady ? this.probe(0) : 0;
  }

  /** Offset in milliseconds east of UTC at an instant. */
  offsetAt(ms: number): number {
    if (this.steady) return this.steadyOffset;
    const number = Math.max(yearOfInstant(ms), firstChangingYear - 1);
    const twin = ruledTwin(number);
    const year = this.years.get(twin) ?? this.probeYear(twin);
    const twinMs = twin === number ? ms : ms - (firstDayOfYear(number) - firstDayOfYear(twin)) * dayMs;
    for (let index = year.at.length - 1; index >= 0; index--) {
      if ((year.at[index] as number) <= twinMs) return year.offsets[index] as number;
    }
    return year.first;
  }

  /** Changes of offset within the UTC years `[fromYear, toYear)`, in order. */
  changes(fromYear: number, toYear: number): OffsetChange[] {
    const found: OffsetChange[] = [];
    if (this.steady) return found;
    for (let number = Math.max(fromYear, firstChangingYear); number < toYear; number++) {
      const year = this.year(number);
      let before = year.first;
      for (let index = 0; index < year.at.length; index++) {
        const after = year.offsets[index] as number;
        found.push({ atMs: year.at[index] as number, before, after });
        before = after;
      }
    }
    return found;
  }

  /** Whether the offset still changes every year once only yearly rules are left. */
  changesForever(): boolean {
    return this.changes(firstRuledYear, firstRuledYear + 28).length > 0;
  }

  /**
   * Instant of a wall-clock time given in milliseconds as if it were UTC, as Temporal's `compatible`: in a gap
   * forward by its length, in a fold the first occurrence.
   */
  toInstant(wallMs: number): number {
    const before = this.offsetAt(wallMs - dayMs);
    const after = this.offsetAt(wallMs + dayMs);
    if (before === after || this.offsetAt(wallMs - before) === before) return wallMs - before;
    return this.offsetAt(wallMs - after) === after ? wallMs - after : wallMs - before;
  }

  /** Instant at which a local date begins. A date the zone skipped begins when the next one does. */
  midnight(day: number): number {
    return this.toInstant(day * dayMs);
  }

  /** Local date, as a day number, that holds an instant. */
  dayAt(ms: number): number {
    return Math.floor((ms + this.offsetAt(ms)) / dayMs);
  }

  private year(number: number): YearOffsets {
    const twin = ruledTwin(number);
    const known = this.years.get(twin) ?? this.probeYear(twin);
    if (twin === number) return known;
    const shiftMs = (firstDayOfYear(number) - firstDayOfYear(twin)) * dayMs;
    return { first: known.first, at: known.at.map((ms) => ms + shiftMs), offsets: known.offsets };
  }

  private probeYear(number: number): YearOffsets {
    const year = probeOffsets(this.probe, firstDayOfYear(number) * dayMs, firstDayOfYear(number + 1) * dayMs);
    this.years.set(number, year);
    return year;
  }
}

/** The year of the same shape among the first 28 ruled ones, or the year itself when it is not ruled. */
function ruledTwin(year: number): number {
  return year < firstRuledYear + 28 ? year : (ruledTwins[shapeOf(year)] as number);
}

/** Weekday of 1 January and whether there is a leap day. */
function shapeOf(year: number): number {
  const firstDay = firstDayOfYear(year);
  return 2 * weekdayOf(firstDay) + (firstDayOfYear(year + 1) - firstDay - 365);
}

const ruledTwins: number[] = [];
for (let year = firstRuledYear; year < firstRuledYear + 28; year++) ruledTwins[shapeOf(year)] ??= year;

const zones = new Map<string, Zone>();

/**
 * The zone of an IANA name, shared by all calendars of the process; throws `RangeError` when it is unknown
 * (`spec.md` §6). Offsets such as `+01:00` are not zones: they know no DST.
 */
export function zoneOf(timezone: string): Zone {
  const known = zones.get(timezone);
  if (known) return known;
  if (!/^[A-Za-z]/.test(timezone)) throw new RangeError(`Unknown time zone: ${timezone}`);
  const zone = new Zone(timezone);
  zones.set(timezone, zone);
  return zone;
}

/** Refuses what is not an instant; without this a `NaN` would look for a year that does not exist. */
export function assertInstant(ms: number): void {
  if (!(Math.abs(ms) <= lastInstantMs)) throw new RangeError(`Not an instant: ${ms}`);
}

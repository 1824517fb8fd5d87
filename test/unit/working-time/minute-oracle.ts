import type { CalendarDefinition, SegmentReason } from '../../../domain/working-time';

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** Days on each side of a window's middle that are laid out, and those about which it can be asked. */
const laidOutDays = 9;
export const askedDays = 6;

/** Every minute of a stretch of a zone with its wall clock, as `Intl` shows it. */
export class ZoneWindow {
  readonly timezone: string;
  readonly middleDay: number;
  readonly fromMs: number;
  readonly walls: number[] = [];
  private readonly firstIndex = new Map<number, number>();
  private readonly days = new Set<number>();

  constructor(timezone: string, middle: string) {
    this.timezone = timezone;
    this.middleDay = Date.parse(`${middle}T00:00:00Z`) / dayMs;
    this.fromMs = (this.middleDay - laidOutDays) * dayMs;
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    for (let index = 0; index < 2 * laidOutDays * 1440; index++) {
      const text = format.format(this.fromMs + index * minuteMs);
      const wall = Date.parse(`${text.replace(' ', 'T')}Z`);
      this.walls.push(wall);
      this.days.add(Math.floor(wall / dayMs));
      if (!this.firstIndex.has(wall)) this.firstIndex.set(wall, index);
    }
  }

  /** Index of the minute at which a wall clock shows: its first occurrence, or moved forward by its gap. */
  indexOf(wall: number): number {
    const first = this.firstIndex.get(wall);
    if (first !== undefined) return first;
    const after = this.walls.findIndex(
      (shown, index) => shown > wall && (this.walls[index - 1] ?? Infinity) < wall,
    );
    if (after < 0) throw new Error('outside the window');
    const gap = (this.walls[after] as number) - (this.walls[after - 1] as number) - minuteMs;
    return this.indexOf(wall + gap);
  }

  hasDate(day: number): boolean {
    return this.days.has(day);
  }
}

export type MinuteState = { counted: boolean; reason: SegmentReason };

/**
 * Working time by counting minutes, one by one, over a window: as plain as the README of the vectors states it and
 * with nothing of the engine in it. Valid for instants within `askedDays` of the middle.
 */
export class MinuteOracle {
  readonly window: ZoneWindow;
  readonly minutes: MinuteState[];

  constructor(definition: CalendarDefinition, window: ZoneWindow) {
    this.window = window;
    this.minutes = window.walls.map(() => ({ counted: false, reason: 'outside_hours' }));
    const first = window.middleDay - laidOutDays + 2;
    const last = window.middleDay + laidOutDays - 3;
    for (let day = first; day <= last; day++) this.layOutWeek(definition, day);
    for (let day = first; day <= last; day++) this.layOutOverride(definition, day);
    for (const entry of definition.holidays) {
      if ('start' in entry) this.close(this.momentIndex(entry.start), this.momentIndex(entry.end), 'leave');
    }
    for (const entry of definition.holidays) {
      if (!('date' in entry)) continue;
      const day = Date.parse(`${entry.date}T00:00:00Z`) / dayMs;
      if (day >= first && day <= last)
        this.close(window.indexOf(day * dayMs), window.indexOf((day + 1) * dayMs), 'holiday');
    }
  }

  indexAt(ms: number): number {
    return Math.floor((ms - this.window.fromMs) / minuteMs);
  }

  betweenMs(fromMs: number, toMs: number): number {
    if (toMs < fromMs) return 0 - this.betweenMs(toMs, fromMs);
    let sum = 0;
    for (let at = fromMs, index = this.indexAt(fromMs); at < toMs; index++) {
      const end = this.window.fromMs + (index + 1) * minuteMs;
      const next = end < toMs ? end : toMs;
      if ((this.minutes[index] as MinuteState).counted) sum += next - at;
      at = next;
    }
    return sum;
  }

  /** Walks forward; `undefined` when the window ends first. */
  addMs(startMs: number, durationMs: number): number | undefined {
    const endMs = this.window.fromMs + this.indexOfDay(askedDays) * minuteMs;
    let left = durationMs;
    for (let at = startMs, index = this.indexAt(startMs); at < endMs; index++) {
      if (left === 0) return at;
      const next = this.window.fromMs + (index + 1) * minuteMs;
      if ((this.minutes[index] as MinuteState).counted) {
        if (left <= next - at) return at + left;
        left -= next - at;
      }
      at = next;
    }
    return undefined;
  }

  /** Walks back; `undefined` when the window begins first. */
  subtractMs(startMs: number, durationMs: number): number | undefined {
    const firstMs = this.window.fromMs + this.indexOfDay(-askedDays) * minuteMs;
    let left = durationMs;
    for (let at = startMs, index = this.indexAt(startMs - 1); at > firstMs; index--) {
      if (left === 0) return at;
      const next = this.window.fromMs + index * minuteMs;
      if ((this.minutes[index] as MinuteState).counted) {
        if (left <= at - next) return at - left;
        left -= at - next;
      }
      at = next;
    }
    return undefined;
  }

  private indexOfDay(offset: number): number {
    return this.indexAt((this.window.middleDay + offset) * dayMs);
  }

  /** Index of the minute a moment begins; beyond the window its end on that side. */
  private momentIndex(text: string): number {
    const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text);
    const ms = Date.parse(zoned ? text : `${text}Z`);
    const days = ms / dayMs - this.window.middleDay;
    if (days < 2 - laidOutDays) return 0;
    if (days > laidOutDays - 2) return this.minutes.length;
    return zoned ? this.indexAt(ms) : this.window.indexOf(ms);
  }

  private close(from: number, to: number, reason: SegmentReason): void {
    for (let index = from; index < to; index++) this.minutes[index] = { counted: false, reason };
  }

  private layOutWeek(definition: CalendarDefinition, day: number): void {
    for (const [from, to] of weeklyOf(definition, day)) {
      this.mark(day, from, to, () => ({ counted: true, reason: 'working_hours' }));
    }
  }

  /** An override empties what the date's own weekly intervals opened, then opens its own. */
  private layOutOverride(definition: CalendarDefinition, day: number): void {
    const date = new Date(day * dayMs).toISOString().slice(0, 10);
    const override = definition.overrides?.find((entry) => entry.date === date);
    if (!override) return;
    this.mark(day, 0, 1440, ({ counted }) => ({
      counted: false,
      reason: counted ? 'override' : 'outside_hours',
    }));
    for (const { from, to } of override.intervals) {
      this.mark(day, clock(from), clock(to), () => ({ counted: true, reason: 'override' }));
    }
  }

  private mark(day: number, from: number, to: number, change: (state: MinuteState) => MinuteState): void {
    if (!this.window.hasDate(day)) return;
    const begin = this.window.indexOf(day * dayMs + from * minuteMs);
    const end = this.window.indexOf(day * dayMs + to * minuteMs);
    for (let index = begin; index < end; index++) {
      this.minutes[index] = change(this.minutes[index] as MinuteState);
    }
  }
}

function clock(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** Minutes `[from, to)` of the weekly intervals that lie on a date, tails of the night before included. */
function weeklyOf({ weekly, cycle }: CalendarDefinition, day: number): [number, number][] {
  const found: [number, number][] = [];
  for (const offset of [0, -1]) {
    const own = day + offset;
    const weekday = new Date(own * dayMs).getUTCDay() || 7;
    const weeks = cycle?.weeks ?? 1;
    const anchor = cycle ? Date.parse(`${cycle.anchor}T00:00:00Z`) / dayMs : 4;
    const week = ((Math.floor((own - anchor) / 7) % weeks) + weeks) % weeks;
    for (const row of weekly) {
      if (row.weekday !== weekday || (row.week !== undefined && row.week !== week)) continue;
      const night = clock(row.to) <= clock(row.from);
      if (offset === 0) found.push([clock(row.from), night ? 1440 : clock(row.to)]);
      else if (night) found.push([0, clock(row.to)]);
    }
  }
  return found;
}

import fc from 'fast-check';
import type { CalendarDefinition } from '../../../domain/working-time';
import { dayMs, type ZoneWindow } from './minute-oracle';

const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Round times, and any minute; early hours often, because zones change then. */
const clock = fc
  .oneof(
    fc.integer({ min: 0, max: 16 }).map((quarter) => quarter * 15),
    fc.integer({ min: 0, max: 47 }).map((half) => half * 30),
    fc.integer({ min: 0, max: 1439 }),
  )
  .map(clockText);

const closingClock = fc.oneof(
  { arbitrary: clock, weight: 5 },
  { arbitrary: fc.constant('24:00'), weight: 1 },
);

const weekly = (weeks: number) =>
  fc.array(
    fc
      .record({
        weekday: fc.integer({ min: 1, max: 7 }),
        from: clock,
        to: closingClock,
        week: fc.option(fc.integer({ min: 0, max: weeks - 1 }), { nil: undefined }),
      })
      .map(({ week, ...row }) => (week === undefined || weeks === 1 ? row : { ...row, week })),
    { maxLength: 9 },
  );

const dateNear = (middleDay: number, spread: number) =>
  fc
    .integer({ min: -spread, max: spread })
    .map((offset) => new Date((middleDay + offset) * dayMs).toISOString().slice(0, 10));

const overrideIntervals = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 40 })).map(([start, length]) => ({
    from: clockText(start * 15),
    to: clockText(Math.min(1440, (start + length) * 15)),
  })),
  { maxLength: 3 },
);

const leave = (middleDay: number) =>
  fc
    .record({
      minute: fc.integer({ min: -5 * 1440, max: 5 * 1440 }),
      length: fc.integer({ min: 0, max: 2 * 1440 }),
      zoned: fc.boolean(),
    })
    .map(({ minute, length, zoned }) => {
      const startMs = middleDay * dayMs + minute * 60_000;
      const text = (ms: number) => new Date(ms).toISOString().slice(0, 16) + (zoned ? 'Z' : '');
      return { start: text(startMs), end: text(startMs + length * 60_000) };
    });

/** Calendars whose exceptions crowd around the middle of a window. */
export function calendarAround(window: ZoneWindow): fc.Arbitrary<CalendarDefinition> {
  const { middleDay, timezone } = window;
  return fc.integer({ min: 1, max: 3 }).chain((weeks) =>
    fc.record({
      timezone: fc.constant(timezone),
      weekly: weekly(weeks),
      holidays: fc.array(
        fc.oneof(
          dateNear(middleDay, 6).map((date) => ({ date })),
          leave(middleDay),
        ),
        {
          maxLength: 4,
        },
      ),
      overrides: fc.uniqueArray(fc.record({ date: dateNear(middleDay, 5), intervals: overrideIntervals }), {
        maxLength: 3,
        selector: ({ date }) => date,
      }),
      cycle: fc.constant({ weeks, anchor: '2026-01-05' }),
    }),
  );
}

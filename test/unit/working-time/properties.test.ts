import fc from 'fast-check';
import { compileCalendar, type Segment } from '../../../domain/working-time';
import { calendarAround } from './arbitraries';
import { dayMs, MinuteOracle, minuteMs, ZoneWindow } from './minute-oracle';
import { deadline, elapsed } from './pauses';

// Shrinking a failure stops in time to be read.
fc.configureGlobal({ interruptAfterTimeLimit: 25_000 });

/** Both changes of a year, gaps and folds at midnight, a date that does not exist, and quiet zones. */
const places = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Pacific/Apia', '2011-12-30'],
  ['America/Sao_Paulo', '2017-10-15'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/St_Johns', '2006-04-02'],
  ['America/St_Johns', '2006-10-29'],
  ['Europe/Berlin', '2088-03-28'],
  ['Europe/Berlin', '2600-03-30'],
  ['Asia/Kolkata', '2026-01-01'],
  ['UTC', '2028-02-29'],
] as const;

const instantNear = (window: ZoneWindow, days: number) =>
  fc
    .tuple(fc.integer({ min: -days * 1440, max: days * 1440 }), fc.constantFrom(0, 0, 0, 1, 59_999, 12_345))
    .map(([minute, rest]) => window.middleDay * dayMs + minute * minuteMs + rest);

const amount = fc.oneof(
  fc.integer({ min: 0, max: 40 * 60 }).map((minutes) => minutes * minuteMs),
  fc.integer({ min: 0, max: 3 * dayMs }),
);

function sumCounted(segments: readonly Segment[]): number {
  return segments.reduce((sum, { fromMs, toMs, counted }) => sum + (counted ? toMs - fromMs : 0), 0);
}

describe.each(places)('%s around %s against counting minutes', (timezone, middle) => {
  const window = new ZoneWindow(timezone, middle);
  const calendars = calendarAround(window);
  // Past the last zone table the engine builds 400 years for each calendar: a few of those are enough.
  const share = middle.startsWith('26') ? 0.05 : 1;

  test('sums, deadlines, openings and closings', () => {
    fc.assert(
      fc.property(
        calendars,
        instantNear(window, 4),
        instantNear(window, 4),
        amount,
        (calendar, a, b, duration) => {
          const engine = compileCalendar(calendar);
          const oracle = new MinuteOracle(calendar, window);
          expect(engine.betweenMs(a, b)).toBe(oracle.betweenMs(a, b));
          const later = oracle.addMs(a, duration);
          if (later !== undefined) expect(engine.addMs(a, duration)).toBe(later);
          const earlier = oracle.subtractMs(a, duration);
          if (earlier !== undefined) expect(engine.addMs(a, -duration)).toBe(earlier);
          const opened = oracle.addMs(a, 1);
          if (opened !== undefined) expect(engine.nextOpening(a)).toBe(opened - 1);
          const closed = oracle.subtractMs(a, 1);
          if (closed !== undefined) expect(engine.previousClosing(a)).toBe(closed + 1);
        },
      ),
      { numRuns: Math.ceil(50 * share) },
    );
  });

  test('segments cover the span, minute by minute', () => {
    fc.assert(
      fc.property(calendars, instantNear(window, 4), instantNear(window, 4), (calendar, a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const engine = compileCalendar(calendar);
        const oracle = new MinuteOracle(calendar, window);
        const segments = engine.segments(from, to);
        expect(sumCounted(segments)).toBe(engine.betweenMs(from, to));
        let at = from;
        for (const segment of segments) {
          expect(segment.fromMs).toBe(at);
          expect(segment.toMs).toBeGreaterThan(at);
          at = segment.toMs;
          for (
            let index = oracle.indexAt(segment.fromMs);
            index <= oracle.indexAt(segment.toMs - 1);
            index++
          ) {
            const { counted, reason } = segment;
            if (oracle.minutes[index]?.counted !== counted || oracle.minutes[index]?.reason !== reason) {
              expect({ counted, reason, index }).toEqual({ ...oracle.minutes[index], index });
            }
          }
        }
        expect(at).toBe(from < to ? to : from);
      }),
      { numRuns: Math.ceil(30 * share) },
    );
  });

  test('working days, counted date by date', () => {
    fc.assert(
      fc.property(
        calendars,
        instantNear(window, 2),
        fc.integer({ min: 1, max: 3 }),
        (calendar, start, days) => {
          const engine = compileCalendar(calendar);
          const oracle = new MinuteOracle(calendar, window);
          const wall = (window.walls[oracle.indexAt(start)] as number) + (start % minuteMs);
          const midnight = (day: number) => window.fromMs + window.indexOf(day * dayMs) * minuteMs;
          let day = Math.floor(wall / dayMs);
          for (let left = days; left > 0; ) {
            day++;
            if (day > window.middleDay + 4) return;
            if (oracle.betweenMs(midnight(day), midnight(day + 1)) > 0) left--;
          }
          const sameClock = day * dayMs + wall - Math.floor(wall / dayMs) * dayMs;
          const kept =
            window.fromMs + window.indexOf(sameClock - (start % minuteMs)) * minuteMs + (start % minuteMs);
          const end = midnight(day + 1);
          const opens = oracle.addMs(kept, 1);
          const closes = (oracle.subtractMs(Math.min(kept, end), 1) ?? -Infinity) + 1;
          const expected =
            closes === kept ? kept : opens !== undefined && opens - 1 < end ? opens - 1 : closes;
          expect(engine.addDays(start, days, 0)).toBe(expected);
        },
      ),
      { numRuns: Math.ceil(30 * share) },
    );
  });
});

describe.each([
  ['a decade', 5, 60],
  ['twenty centuries', 1000, 6],
])('laws over %s', (_span, spanYears, numRuns) => {
  const window = { timezone: 'America/New_York', middleDay: 20_460 } as ZoneWindow;
  const calendars = fc
    .tuple(calendarAround(window), fc.constantFrom(...places.map(([timezone]) => timezone)))
    .map(([calendar, timezone]) => ({ ...calendar, timezone }))
    .filter(({ weekly }) => weekly.length > 0);
  const year = 365.25 * dayMs;
  const instant = fc.integer({
    min: Math.round((56 - spanYears) * year),
    max: Math.round((56 + spanYears) * year),
  });
  const long = fc.oneof(amount, fc.integer({ min: 1, max: Math.round((spanYears / 5) * year) }));

  test('adding and measuring agree, and adding adds up', () => {
    fc.assert(
      fc.property(calendars, instant, long, amount, (calendar, start, first, second) => {
        const engine = compileCalendar(calendar);
        const middle = engine.addMs(start, first) as number;
        expect(engine.betweenMs(start, middle)).toBe(first);
        expect(engine.addMs(middle, second)).toBe(
          second === 0 ? middle : engine.addMs(start, first + second),
        );
        const back = engine.addMs(middle, -first) as number;
        expect(engine.betweenMs(back, start)).toBe(0);
        expect(engine.nextOpening(middle)).toBeGreaterThanOrEqual(middle);
        expect(engine.betweenMs(middle, engine.nextOpening(middle) as number)).toBe(0);
        expect(engine.previousClosing(middle)).toBeLessThanOrEqual(middle);
        expect(engine.addMs(engine.nextOpening(middle) as number, 1)).toBe(engine.addMs(middle, 1));
      }),
      { numRuns },
    );
  });

  test('measuring adds up, is signed and never runs back', () => {
    fc.assert(
      fc.property(calendars, instant, instant, instant, (calendar, a, b, c) => {
        const engine = compileCalendar(calendar);
        expect(engine.betweenMs(a, b) + engine.betweenMs(b, c)).toBe(engine.betweenMs(a, c));
        expect(engine.betweenMs(a, b) + engine.betweenMs(b, a)).toBe(0);
        expect(engine.betweenMs(Math.min(a, b), Math.max(a, b))).toBeGreaterThanOrEqual(0);
        expect(engine.betweenMs(a, b)).toBe(compileCalendar(calendar).betweenMs(a, b));
      }),
      { numRuns },
    );
  });

  test('pauses: order is nothing, and outside hours they are nothing', () => {
    const pause = fc
      .tuple(fc.integer({ min: 56 * year, max: 56.2 * year }), amount)
      .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
    fc.assert(
      fc.property(calendars, fc.array(pause, { maxLength: 4 }), amount, (calendar, pauses, duration) => {
        const engine = compileCalendar(calendar);
        const start = 56 * year;
        const due = deadline(engine, start, duration, pauses) as number;
        expect(deadline(engine, start, duration, [...pauses].reverse())).toBe(due);
        expect(elapsed(engine, start, due, pauses)).toBe(duration);
        const outside = pauses.map(({ startMs, endMs }) => ({
          startMs: engine.addMs(startMs, 1) as number,
          endMs: endMs + 1,
        }));
        const idle = outside.flatMap(({ startMs }) => {
          const from = engine.previousClosing(startMs - 1) as number;
          return [{ startMs: from, endMs: startMs - 1 }];
        });
        expect(idle.every(({ startMs, endMs }) => engine.betweenMs(startMs, endMs) === 0)).toBe(true);
        expect(deadline(engine, start, duration, [...pauses, ...idle])).toBe(due);
      }),
      { numRuns },
    );
  });
});

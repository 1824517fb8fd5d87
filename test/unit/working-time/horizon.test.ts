import { type CalendarDefinition, compileCalendar } from '../../../domain/working-time';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const weekdays = [1, 2, 3, 4, 5];

const office: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  weekly: weekdays.map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
  holidays: [{ date: '2026-12-25' }],
};

test.each([1, 2, 3])('a rota of %i weeks keeps its turn for a thousand years and more', (weeks) => {
  const engine = compileCalendar({
    ...office,
    weekly: [{ weekday: 1, from: '09:00', to: '17:00', week: 0 }],
    cycle: { weeks, anchor: '2026-01-05' },
  });
  const anchorMs = Date.parse('2026-01-05T00:00:00Z');
  for (const turns of [-1500, 0, 1000, 20_000, 40_000, 60_000]) {
    const mondayMs = anchorMs + turns * weeks * 7 * dayMs;
    const opening = engine.nextOpening(mondayMs) as number;
    expect([8 * hourMs, 7 * hourMs]).toContain(opening - mondayMs);
    expect(engine.betweenMs(mondayMs, mondayMs + dayMs)).toBe(8 * hourMs);
    expect(engine.betweenMs(mondayMs + dayMs, mondayMs + weeks * 7 * dayMs)).toBe(0);
  }
  expect(engine.betweenMs(anchorMs, anchorMs + 60_000 * weeks * 7 * dayMs)).toBe(60_000 * 8 * hourMs);
});

test.each([
  ['2499-03-29', '2499-03-30'],
  ['2873-03-26', '2873-03-27'],
  ['3600-03-26', '3600-03-27'],
])('the start of DST still comes on %s', (sunday, monday) => {
  const engine = compileCalendar(office);
  const before = engine.nextOpening(Date.parse(sunday) - 3 * dayMs) as number;
  const after = engine.nextOpening(Date.parse(monday)) as number;
  expect(new Date(before).toISOString().slice(11)).toBe('08:00:00.000Z');
  expect(new Date(after).toISOString().slice(11)).toBe('07:00:00.000Z');
});

test('no answer is found at once', () => {
  const engine = compileCalendar(office);
  const now = Date.parse('2026-03-01T00:00:00Z');
  for (const amount of [1e16, -1e16, Infinity, -Infinity]) expect(engine.addMs(now, amount)).toBeNull();
  expect(engine.addMs(now, 2e15)).toBeGreaterThan(now);
  expect(engine.nextOpening(8.64e15)).toBeNull();
});

test('what is no instant and no amount is refused', () => {
  const engine = compileCalendar(office);
  for (const ms of [NaN, Infinity, -8.7e15]) {
    expect(() => engine.addMs(ms, 1)).toThrow(RangeError);
    expect(() => engine.betweenMs(0, ms)).toThrow(RangeError);
    expect(() => engine.nextOpening(ms)).toThrow(RangeError);
    expect(() => engine.segments(0, ms)).toThrow(RangeError);
  }
  expect(() => engine.addMs(0, NaN)).toThrow(RangeError);
});

test('answers do not depend on what was asked before', () => {
  const used = compileCalendar(office);
  used.betweenMs(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
  used.betweenMs(Date.UTC(1890, 0, 1), Date.UTC(3000, 0, 1));
  for (const year of [1600, 1850, 1916, 2026, 2100, 2501, 2502, 2950]) {
    const at = Date.UTC(year, 5, 15, 7, 30);
    const fresh = compileCalendar(office);
    expect(fresh.addMs(at, 400 * hourMs)).toBe(used.addMs(at, 400 * hourMs));
    expect(fresh.addMs(at, -400 * hourMs)).toBe(used.addMs(at, -400 * hourMs));
    expect(fresh.addDays(at, 77, hourMs)).toBe(used.addDays(at, 77, hourMs));
  }
});

test('a leave that outlasts the zone tables is crossed', () => {
  const engine = compileCalendar({
    ...office,
    holidays: [{ start: '2026-01-01T00:00', end: '2200-01-01T00:00' }],
  });
  const opening = engine.nextOpening(Date.parse('2026-02-02T10:00:00Z')) as number;
  expect(new Date(opening).toISOString()).toBe('2200-01-01T08:00:00.000Z');
});

import { type CalendarDefinition, compileCalendar } from '../../../domain/working-time';

const weekdays = [1, 2, 3, 4, 5];

function calendar(part: Partial<CalendarDefinition> = {}): CalendarDefinition {
  return {
    timezone: 'Europe/Berlin',
    weekly: weekdays.flatMap((weekday) => [
      { weekday, from: '09:00', to: '12:00' },
      { weekday, from: '13:00', to: '17:00' },
    ]),
    holidays: [],
    ...part,
  };
}

function addDays(definition: CalendarDefinition, start: string, days: number, minutes = 0): string | null {
  const ms = compileCalendar(definition).addDays(Date.parse(start), days, minutes * 60_000);
  return ms === null ? null : new Date(ms).toISOString();
}

describe('addDays', () => {
  test.each([
    ['keeps the wall time', '2026-01-05T10:30:00+01:00', 1, '2026-01-06T10:30:00+01:00'],
    ['to the millisecond', '2026-01-05T10:30:00.123+01:00', 1, '2026-01-06T10:30:00.123+01:00'],
    ['skips the weekend', '2026-01-09T10:00:00+01:00', 1, '2026-01-12T10:00:00+01:00'],
    [
      'takes the first working date after a Saturday',
      '2026-01-10T10:00:00+01:00',
      1,
      '2026-01-12T10:00:00+01:00',
    ],
    ['counts five dates a week', '2026-01-05T10:00:00+01:00', 5, '2026-01-12T10:00:00+01:00'],
    ['clamps the early hours forward', '2026-01-05T03:00:00+01:00', 1, '2026-01-06T09:00:00+01:00'],
    ['clamps the lunch break forward', '2026-01-05T12:20:00+01:00', 1, '2026-01-06T13:00:00+01:00'],
    ['stays on an opening', '2026-01-05T13:00:00+01:00', 1, '2026-01-06T13:00:00+01:00'],
    ['stays on a closing', '2026-01-05T12:00:00+01:00', 1, '2026-01-06T12:00:00+01:00'],
    ['clamps the evening back to closing', '2026-01-05T20:00:00+01:00', 1, '2026-01-06T17:00:00+01:00'],
    [
      'keeps the wall time over the start of DST',
      '2026-03-27T10:00:00+01:00',
      1,
      '2026-03-30T10:00:00+02:00',
    ],
    ['keeps the wall time over the end of DST', '2026-10-23T10:00:00+02:00', 1, '2026-10-26T10:00:00+01:00'],
    ['takes the date of the zone, not of UTC', '2026-01-05T23:30:00Z', 1, '2026-01-07T09:00:00+01:00'],
    ['goes back', '2026-01-12T10:00:00+01:00', -1, '2026-01-09T10:00:00+01:00'],
    ['goes back five dates', '2026-01-12T20:00:00+01:00', -5, '2026-01-05T17:00:00+01:00'],
    ['crosses years', '2026-01-05T10:00:00+01:00', 2610, '2036-01-07T10:00:00+01:00'],
  ])('%s', (_rule, start, days, expected) => {
    expect(addDays(calendar(), start, days)).toBe(new Date(expected).toISOString());
  });

  test('then adds working time from the clamped instant', () => {
    expect(addDays(calendar(), '2026-01-05T16:30:00+01:00', 1, 60)).toBe('2026-01-07T08:30:00.000Z');
    expect(addDays(calendar(), '2026-01-05T20:00:00+01:00', 1, 60)).toBe('2026-01-07T09:00:00.000Z');
    expect(addDays(calendar(), '2026-01-05T12:20:00+01:00', 1, 60)).toBe('2026-01-06T13:00:00.000Z');
  });

  test('no days is addMs', () => {
    expect(addDays(calendar(), '2026-01-10T10:00:00+01:00', 0, 60)).toBe('2026-01-12T09:00:00.000Z');
    expect(addDays(calendar(), '2026-01-10T10:00:00+01:00', 0)).toBe('2026-01-10T09:00:00.000Z');
  });

  test('holidays and whole-day leaves are no working dates, part-day leaves clamp', () => {
    const holidays = [
      { date: '2026-01-06', name: 'Epiphany' },
      { start: '2026-01-07T00:00', end: '2026-01-10T00:00' },
      { start: '2026-01-12T08:00', end: '2026-01-12T14:00' },
    ];
    expect(addDays(calendar({ holidays }), '2026-01-05T10:00:00+01:00', 1)).toBe('2026-01-12T13:00:00.000Z');
  });

  test('several leaves that close a date together', () => {
    const holidays = [
      { start: '2026-01-06T09:00', end: '2026-01-06T12:00' },
      { start: '2026-01-06T13:00', end: '2026-01-06T17:00' },
    ];
    expect(addDays(calendar({ holidays }), '2026-01-05T10:00:00+01:00', 1)).toBe('2026-01-07T09:00:00.000Z');
  });

  test('overrides open a Saturday and close a Monday', () => {
    const overrides = [
      { date: '2026-01-10', intervals: [{ from: '10:00', to: '12:00' }] },
      { date: '2026-01-12', intervals: [] },
    ];
    expect(addDays(calendar({ overrides }), '2026-01-09T16:00:00+01:00', 1)).toBe('2026-01-10T11:00:00.000Z');
    expect(addDays(calendar({ overrides }), '2026-01-09T16:00:00+01:00', 2)).toBe('2026-01-13T15:00:00.000Z');
  });

  test('the tail of a night shift makes its date a working date', () => {
    const weekly = [{ weekday: 5, from: '22:00', to: '06:00' }];
    expect(addDays(calendar({ weekly }), '2026-01-09T23:00:00+01:00', 1)).toBe('2026-01-10T05:00:00.000Z');
    expect(addDays(calendar({ weekly }), '2026-01-09T23:00:00+01:00', 2)).toBe('2026-01-16T22:00:00.000Z');
  });

  test('a wall time that the date skips moves forward', () => {
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }));
    expect(addDays(calendar({ weekly }), '2026-03-28T02:30:00+01:00', 1)).toBe('2026-03-29T01:30:00.000Z');
  });

  test('a date the zone skipped is none', () => {
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '08:00', to: '16:00' }));
    const apia = calendar({ timezone: 'Pacific/Apia', weekly });
    expect(addDays(apia, '2011-12-29T09:00:00-10:00', 1)).toBe('2011-12-30T19:00:00.000Z');
  });

  test('a rota counts the dates of its own weeks', () => {
    const weekly = [
      { weekday: 1, from: '09:00', to: '17:00', week: 0 },
      { weekday: 3, from: '09:00', to: '17:00', week: 1 },
    ];
    const rota = calendar({ weekly, cycle: { weeks: 2, anchor: '2026-01-05' } });
    expect(addDays(rota, '2026-01-05T10:00:00+01:00', 1)).toBe('2026-01-14T09:00:00.000Z');
    expect(addDays(rota, '2026-01-05T10:00:00+01:00', 2)).toBe('2026-01-19T09:00:00.000Z');
  });

  test('is the same as walking date by date, for any number of days', () => {
    const engine = compileCalendar(calendar({ holidays: [{ date: '2026-05-01' }, { date: '2027-12-24' }] }));
    const start = Date.parse('2026-01-05T10:00:00+01:00');
    let walked = start;
    for (let days = 1; days <= 1500; days++) {
      walked = engine.addDays(walked, 1, 0) as number;
      expect(engine.addDays(start, days, 0)).toBe(walked);
    }
  });

  test('null when there is no such date, found at once', () => {
    const empty = calendar({ weekly: [] });
    expect(addDays(empty, '2026-01-05T10:00:00Z', 1)).toBeNull();
    const once = calendar({
      weekly: [],
      overrides: [{ date: '2026-02-02', intervals: [{ from: '10:00', to: '11:00' }] }],
    });
    expect(addDays(once, '2026-01-05T10:00:00Z', 1)).toBe('2026-02-02T10:00:00.000Z');
    expect(addDays(once, '2026-01-05T10:00:00Z', 2)).toBeNull();
    expect(addDays(calendar(), '2026-01-05T10:00:00Z', 1e9)).toBeNull();
  });

  test('refuses what is no whole number of days or no instant', () => {
    expect(() => addDays(calendar(), '2026-01-05T10:00:00Z', 1.5)).toThrow(RangeError);
    expect(() => addDays(calendar(), 'soon', 1)).toThrow(RangeError);
  });
});

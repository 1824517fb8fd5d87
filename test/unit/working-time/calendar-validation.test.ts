import { type CalendarDefinition, compileCalendar, validateCalendar } from '../../../domain/working-time';

const valid: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  weekly: [
    { weekday: 1, from: '09:00', to: '17:00' },
    { weekday: 7, from: '22:00', to: '06:00', week: 1 },
    { weekday: 2, from: '18:00', to: '24:00' },
  ],
  holidays: [
    { date: '2028-02-29', name: 'Leap day' },
    { start: '2026-07-01T12:00', end: '2026-07-03T00:00', name: 'Move' },
    { start: '2026-08-01T12:00:30Z', end: '2026-08-01T14:00:30.500+02:00' },
    { start: '2026-08-02T12:00', end: '2026-08-02T12:00' },
  ],
  overrides: [
    { date: '2026-12-24', intervals: [{ from: '09:00', to: '12:00' }], name: 'Christmas Eve' },
    { date: '2026-12-31', intervals: [] },
  ],
  cycle: { weeks: 2, anchor: '2026-01-05' },
};

function problems(part: object): [string, string][] {
  return validateCalendar({ ...valid, ...part }).map(({ pointer, code }) => [pointer, code]);
}

describe('validateCalendar', () => {
  test('passes a valid calendar', () => {
    expect(validateCalendar(valid)).toEqual([]);
    expect(() => compileCalendar(valid)).not.toThrow();
  });

  test.each(['Europe/Atlantis', '', '+01:00', 'not a zone'])('zone %p is unknown', (timezone) => {
    expect(problems({ timezone })).toEqual([['/timezone', 'unknown_time_zone']]);
  });

  test.each([
    ['9:00', '17:00', [['/weekly/0/from', 'invalid_time']]],
    ['09:60', '17:00', [['/weekly/0/from', 'invalid_time']]],
    ['24:00', '17:00', [['/weekly/0/from', 'invalid_time']]],
    ['09:00', '24:01', [['/weekly/0/to', 'invalid_time']]],
    [
      '0900',
      '5 pm',
      [
        ['/weekly/0/from', 'invalid_time'],
        ['/weekly/0/to', 'invalid_time'],
      ],
    ],
    ['22:00', '06:00', []],
    ['00:00', '24:00', []],
  ])('weekly %s to %s', (from, to, expected) => {
    expect(problems({ weekly: [{ weekday: 1, from, to }] })).toEqual(expected);
  });

  test.each([0, 8, 1.5, -1])('weekday %p', (weekday) => {
    expect(problems({ weekly: [{ weekday, from: '09:00', to: '17:00' }] })).toEqual([
      ['/weekly/0/weekday', 'invalid_weekday'],
    ]);
  });

  test('weeks lie within the rota', () => {
    const weekly = (week: number) => [{ weekday: 1, from: '09:00', to: '17:00', week }];
    const outside = [['/weekly/0/week', 'invalid_week']];
    expect(problems({ weekly: weekly(1) })).toEqual([]);
    expect(problems({ weekly: weekly(2) })).toEqual(outside);
    expect(problems({ weekly: weekly(-1) })).toEqual(outside);
    expect(problems({ weekly: weekly(0.5) })).toEqual(outside);
    const { cycle: _cycle, ...withoutRota } = valid;
    expect(validateCalendar({ ...withoutRota, weekly: weekly(0) })).toMatchObject([{ code: 'invalid_week' }]);
  });

  test('a rota has some weeks and starts on a Monday that exists', () => {
    const weekly = [{ weekday: 1, from: '09:00', to: '17:00' }];
    const cycle = (weeks: number, anchor: string) => problems({ weekly, cycle: { weeks, anchor } });
    expect(cycle(1, '2026-01-05')).toEqual([]);
    expect(cycle(0, '2026-01-05')).toEqual([['/cycle/weeks', 'invalid_cycle']]);
    expect(cycle(1.5, '2026-01-05')).toEqual([['/cycle/weeks', 'invalid_cycle']]);
    expect(cycle(54, '2026-01-05')).toEqual([['/cycle/weeks', 'invalid_cycle']]);
    expect(cycle(2, '2026-01-06')).toEqual([['/cycle/anchor', 'invalid_cycle']]);
    expect(cycle(2, '2026-02-30')).toEqual([['/cycle/anchor', 'invalid_date']]);
  });

  test.each(['2026-02-29', '2026-13-01', '2026-1-1', '01.05.2026', ''])('date %p does not exist', (date) => {
    expect(problems({ holidays: [{ date }] })).toEqual([['/holidays/0/date', 'invalid_date']]);
    expect(problems({ overrides: [{ date, intervals: [] }] })).toEqual([
      ['/overrides/0/date', 'invalid_date'],
    ]);
  });

  test('leaves are moments in order', () => {
    const leave = (start: string, end: string) => problems({ holidays: [{ start, end }] });
    expect(leave('2026-02-30T10:00', '2026-03-01T25:00')).toEqual([
      ['/holidays/0/start', 'invalid_date'],
      ['/holidays/0/end', 'invalid_date'],
    ]);
    expect(leave('2026-01-05T10:00', '2026-01-05T09:59')).toEqual([['/holidays/0/end', 'reversed_leave']]);
    expect(leave('2026-01-05T10:00Z', '2026-01-05T10:30')).toEqual([['/holidays/0/end', 'reversed_leave']]);
    expect(leave('2026-01-05T10:00Z', '2026-01-05T11:30')).toEqual([]);
    expect(leave('2026-01-05T10:00', '2026-01-05T10:00')).toEqual([]);
  });

  test('override intervals stay on their date', () => {
    const override = (from: string, to: string) =>
      problems({ overrides: [{ date: '2026-01-05', intervals: [{ from, to }] }] });
    expect(override('22:00', '24:00')).toEqual([]);
    expect(override('22:00', '06:00')).toEqual([['/overrides/0/intervals/0/to', 'crosses_midnight']]);
    expect(override('10:00', '10:00')).toEqual([['/overrides/0/intervals/0/to', 'crosses_midnight']]);
    expect(override('10:00', '7')).toEqual([['/overrides/0/intervals/0/to', 'invalid_time']]);
  });

  test('a date has one override', () => {
    const override = { date: '2026-01-05', intervals: [{ from: '10:00', to: '12:00' }] };
    expect(problems({ overrides: [override, override] })).toEqual([
      ['/overrides/1/date', 'duplicate_override'],
    ]);
  });

  test('a calendar that never opens is refused, and compiles all the same', () => {
    const never: CalendarDefinition = { timezone: 'UTC', weekly: [], holidays: [] };
    const closed: CalendarDefinition = {
      timezone: 'Europe/Berlin',
      weekly: [],
      holidays: [{ date: '2026-01-05' }],
      overrides: [{ date: '2026-01-05', intervals: [{ from: '10:00', to: '12:00' }] }],
    };
    for (const definition of [never, closed]) {
      expect(validateCalendar(definition)).toMatchObject([{ pointer: '/weekly', code: 'no_opening' }]);
      const engine = compileCalendar(definition);
      expect(engine.addMs(0, 1)).toBeNull();
      expect(engine.addMs(0, -1)).toBeNull();
      expect(engine.addMs(5, 0)).toBe(5);
      expect(engine.betweenMs(-8.64e15, 8.64e15)).toBe(0);
      expect(engine.nextOpening(0)).toBeNull();
      expect(engine.previousClosing(0)).toBeNull();
    }
    expect(validateCalendar({ ...closed, holidays: [] })).toEqual([]);
  });
});

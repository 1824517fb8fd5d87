import { type CalendarDefinition, compileCalendar } from '../../../domain/working-time';

const calendar: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  weekly: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
  holidays: [
    { date: '2026-01-06', name: 'Epiphany' },
    { start: '2026-01-07T12:00', end: '2026-01-07T14:00', name: 'Staff meeting' },
  ],
  overrides: [
    { date: '2026-01-08', intervals: [{ from: '09:00', to: '12:00' }], name: 'Half day' },
    { date: '2026-01-10', intervals: [{ from: '10:00', to: '12:00' }], name: 'Stocktaking' },
  ],
};

function lines(definition: CalendarDefinition, from: string, to: string): string[] {
  return compileCalendar(definition)
    .segments(Date.parse(from), Date.parse(to))
    .map(({ fromMs, toMs, counted, reason, name }) => {
      const clock = (ms: number) => new Date(ms).toISOString().slice(5, 16);
      return `${clock(fromMs)} ${clock(toMs)} ${counted ? '+' : '-'} ${reason}${name ? ` ${name}` : ''}`;
    });
}

test('every stretch has its reason and name', () => {
  expect(lines(calendar, '2026-01-05T12:00:00Z', '2026-01-10T12:00:00Z')).toEqual([
    '01-05T12:00 01-05T16:00 + working_hours',
    '01-05T16:00 01-05T23:00 - outside_hours',
    '01-05T23:00 01-06T23:00 - holiday Epiphany',
    '01-06T23:00 01-07T08:00 - outside_hours',
    '01-07T08:00 01-07T11:00 + working_hours',
    '01-07T11:00 01-07T13:00 - leave Staff meeting',
    '01-07T13:00 01-07T16:00 + working_hours',
    '01-07T16:00 01-08T08:00 - outside_hours',
    '01-08T08:00 01-08T11:00 + override Half day',
    '01-08T11:00 01-08T16:00 - override Half day',
    '01-08T16:00 01-09T08:00 - outside_hours',
    '01-09T08:00 01-09T16:00 + working_hours',
    '01-09T16:00 01-10T09:00 - outside_hours',
    '01-10T09:00 01-10T11:00 + override Stocktaking',
    '01-10T11:00 01-10T12:00 - outside_hours',
  ]);
});

test('a holiday beats an override of its date', () => {
  const both = { ...calendar, holidays: [{ date: '2026-01-08', name: 'Feast' }] };
  expect(lines(both, '2026-01-08T00:00:00Z', '2026-01-08T12:00:00Z')).toEqual([
    '01-08T00:00 01-08T12:00 - holiday Feast',
  ]);
});

test('a reversed or empty span has no segments', () => {
  expect(lines(calendar, '2026-01-08T00:00:00Z', '2026-01-08T00:00:00Z')).toEqual([]);
  expect(lines(calendar, '2026-01-09T00:00:00Z', '2026-01-08T00:00:00Z')).toEqual([]);
});

import type { Examples } from '../examples';
import { calendar, type Everything } from '../factories';

const hours = {
  weekly: [
    { weekday: 1, from: 540, to: 1020, week: 0 },
    { weekday: 2, from: 540, to: 720, week: 1 },
  ],
  cycle: { weeks: 2, anchor: '2026-01-05' },
  exceptions: [{ date: '2026-12-24', name: 'Christmas Eve', intervals: [{ from: 540, to: 720 }] }],
};

/** A calendar nothing else depends on. */
function spareCalendar(company: Everything): Promise<string> {
  return calendar(company, {
    name: 'Spare',
    timezone: 'Europe/Berlin',
    intervals: [{ weekday: 1, fromMinute: 540, toMinute: 1020 }],
  });
}

export const calendarExamples: Examples = {
  createCalendar: () => ({ body: { name: 'Early shift', timezone: 'Europe/Berlin', ...hours } }),
  listCalendars: () => ({}),
  getCalendar: ({ officeCalendarId }) => ({ params: { calendarId: officeCalendarId } }),
  updateCalendar: async (company) => ({
    params: { calendarId: await spareCalendar(company) },
    body: { name: 'Late shift', timezone: 'Europe/Vienna', ...hours },
  }),
  listCalendarVersions: ({ officeCalendarId }) => ({ params: { calendarId: officeCalendarId } }),
  importHolidays: async (company) => ({
    params: { calendarId: await spareCalendar(company) },
    body: { country: 'DE', region: 'BE', years: [2026] },
  }),
  computeWorkingTime: ({ officeCalendarId }) => ({
    params: { calendarId: officeCalendarId },
    body: { op: 'add_days', from: '2026-03-02T09:00:00Z', days: 2, minutes: 30, calendarVersion: 1 },
  }),
};

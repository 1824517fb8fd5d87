import type { Resource } from '../listing';
import type { CalendarContent } from './definition';

export interface CalendarView extends CalendarContent {
  readonly id: string;
  readonly name: string;
  /** The version of the hours, which a new name leaves as it is; clocks and computations name it. */
  readonly currentVersion: number;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The columns of `CalendarContent` for a row `v` of calendar_version. */
export const contentColumns = `v.timezone,
  CASE WHEN v.cycle_weeks IS NULL THEN NULL
    ELSE json_build_object('weeks', v.cycle_weeks, 'anchor', v.cycle_anchor::text) END AS cycle,
  (SELECT coalesce(json_agg(json_build_object('weekday', i.weekday, 'from', i.from_minute, 'to', i.to_minute,
      'week', i.week) ORDER BY i.position), '[]') FROM calendar_interval i
    WHERE i.company_id = v.company_id AND i.calendar_id = v.calendar_id AND i.version = v.number) AS weekly,
  (SELECT coalesce(json_agg(json_build_object('date', e.date::text, 'name', e.name, 'intervals', e.intervals)
      ORDER BY e.date), '[]') FROM calendar_exception e
    WHERE e.company_id = v.company_id AND e.calendar_id = v.calendar_id AND e.version = v.number) AS exceptions`;

export const calendarResource: Resource = {
  name: 'calendar',
  select: `c.id, c.name, ${contentColumns}, c.current_version AS "currentVersion", c.version,
    c.created_at AS "createdAt", c.updated_at AS "updatedAt"`,
  from: `calendar c JOIN calendar_version v
    ON v.company_id = c.company_id AND v.calendar_id = c.id AND v.number = c.current_version`,
  company: 'c.company_id',
  id: 'c.id',
  filters: {
    name: {
      kind: 'text',
      description: 'Calendars of these names.',
      sql: (values) => `c.name = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 'c.id', type: 'text' },
    name: { expression: 'c.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

/** The versions of a calendar; callers find the calendar first. */
export const calendarVersionResource: Resource = {
  name: 'calendar version',
  select: `v.calendar_id AS "calendarId", v.number, ${contentColumns}, v.created_by AS "createdBy",
    v.created_at AS "createdAt"`,
  from: 'calendar_version v',
  company: 'v.company_id',
  id: 'v.number::text',
  filters: {},
  sorts: { number: { expression: 'v.number', type: 'integer' } },
  defaultSort: '-number',
};

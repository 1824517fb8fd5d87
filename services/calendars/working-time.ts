import { notFound } from '../../domain/shared/errors';
import { compileCalendar, type WorkingTime } from '../../domain/working-time';
import type { Queryable } from '../listing';
import { type CalendarContent, toDefinition } from './definition';

/** A compiled calendar is some kilobytes; a company has a handful in use at a time. */
const largestCache = 500;
const compiled = new Map<string, WorkingTime>();

/** The content of one version as a single row; `$1` company, `$2` calendar, `$3` version. */
const contentStatement = `SELECT v.timezone,
    CASE WHEN v.cycle_weeks IS NULL THEN NULL
      ELSE json_build_object('weeks', v.cycle_weeks, 'anchor', v.cycle_anchor::text) END AS cycle,
    (SELECT coalesce(json_agg(json_build_object('weekday', i.weekday, 'from', i.from_minute, 'to', i.to_minute, 'week', i.week)
        ORDER BY i.position), '[]') FROM calendar_interval i
      WHERE i.company_id = v.company_id AND i.calendar_id = v.calendar_id AND i.version = v.number) AS weekly,
    (SELECT coalesce(json_agg(json_build_object('date', e.date::text, 'name', e.name, 'intervals', e.intervals)
        ORDER BY e.date), '[]') FROM calendar_exception e
      WHERE e.company_id = v.company_id AND e.calendar_id = v.calendar_id AND e.version = v.number) AS exceptions
  FROM calendar_version v WHERE v.company_id = $1 AND v.calendar_id = $2 AND v.number = $3`;

/**
 * The working time of a committed calendar version, compiled once a process (spec.md §6). Versions never change,
 * so what is cached is always right; for the same reason a transaction must not ask for a version that it is
 * itself making, since it may still be rolled back.
 * @throws DomainError `not_found` when this company has no such version.
 */
export async function loadWorkingTime(
  queryable: Queryable,
  companyId: string,
  calendarId: string,
  version: number,
): Promise<WorkingTime> {
  const key = `${companyId}/${calendarId}/${version}`;
  const known = compiled.get(key);
  if (known !== undefined) {
    compiled.delete(key);
    compiled.set(key, known);
    return known;
  }
  const { rows } = await queryable.query(contentStatement, [companyId, calendarId, version]);
  const content = rows[0] as CalendarContent | undefined;
  if (content === undefined) throw notFound('calendar version');
  const workingTime = compileCalendar(toDefinition(content));
  compiled.set(key, workingTime);
  const oldest = compiled.keys().next();
  if (compiled.size > largestCache && !oldest.done) compiled.delete(oldest.value);
  return workingTime;
}

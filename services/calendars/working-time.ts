import { notFound } from '../../domain/shared/errors';
import { compileCalendar, type WorkingTime } from '../../domain/working-time';
import type { Queryable } from '../listing';
import { contentColumns } from './calendar';
import { type CalendarContent, toDefinition } from './definition';

/** A compiled calendar is some kilobytes; a company has a handful in use at a time. */
const largestCache = 500;
const compiled = new Map<string, WorkingTime>();

const contentStatement = `SELECT ${contentColumns} FROM calendar_version v
  WHERE v.company_id = $1 AND v.calendar_id = $2 AND v.number = $3`;

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

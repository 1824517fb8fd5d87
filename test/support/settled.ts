import type { Database } from '../../prisma/client';

/** Work that has been committed and not been carried out: jobs, time without slices, runs on the way. */
const unsettledStatement = `
  SELECT 'job ' || kind AS what FROM job
  UNION ALL SELECT 'time entry ' || id FROM timesheet_entry WHERE applied_version < version AND id = ANY(
    SELECT subject_id FROM event WHERE kind LIKE 'timesheet%')
  UNION ALL SELECT 'invoice run ' || id FROM invoice_run WHERE status IN ('pending', 'running') AND id = ANY(
    SELECT subject_id FROM event WHERE kind LIKE 'invoice_run%')`;

/** What is still to be carried out; empty when everything logged or requested has had its effect. */
export async function unsettled(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ what: string }>({
    // Asked again and again: planned once for a connection.
    name: 'unsettled',
    text: unsettledStatement,
  });
  return rows.map(({ what }) => what);
}

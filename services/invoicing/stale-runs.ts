import type { Queryable } from '../listing';

/**
 * Runs that have not ended and on which nothing has happened for a while, oldest first, at most 500: their workflow
 * was never started, or was lost (spec.md §2). Starting it again does nothing where it still runs.
 */
export async function staleInvoiceRuns(
  queryable: Queryable,
  olderThanSeconds: number,
): Promise<{ readonly companyId: string; readonly runId: string }[]> {
  const { rows } = await queryable.query(
    `SELECT r.company_id AS "companyId", r.id AS "runId"
     FROM invoice_run r
     WHERE r.status IN ('pending', 'running')
       AND r.updated_at < now() - make_interval(secs => $1)
       AND NOT EXISTS (SELECT 1 FROM invoice_run_order ro WHERE ro.company_id = r.company_id AND ro.run_id = r.id
         AND ro.updated_at >= now() - make_interval(secs => $1))
     ORDER BY r.id LIMIT 500`,
    [olderThanSeconds],
  );
  return rows as { companyId: string; runId: string }[];
}

import type { Database } from '../../prisma/client';

/** Names no event; a feed read after it begins with the first one. */
export const beforeEveryEvent = '0-0';

/**
 * The cursor of each company's newest event that the feed shows by now; companies without events are left out.
 * One row is looked at per company, however many events and readers there are.
 */
export async function newestEvents(
  database: Database,
  companyIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.pool.query<{ companyId: string; cursor: string }>(
    `SELECT asked.id AS "companyId", newest.cursor FROM unnest($1::text[]) AS asked(id)
     CROSS JOIN LATERAL (SELECT e.transaction_id || '-' || e.position AS cursor FROM event e
       WHERE e.company_id = asked.id AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1) AS newest`,
    [companyIds],
  );
  return new Map(rows.map(({ companyId, cursor }) => [companyId, cursor]));
}

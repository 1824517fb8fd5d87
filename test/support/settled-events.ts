import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../prisma/client';

/**
 * Waits until the feed shows every event that is committed now. The feed holds back while any older transaction of
 * the whole server runs, those of other tests' databases included.
 */
export async function settledEvents(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ last: string }>(
    `SELECT coalesce(max(transaction_id::text::int8), 0)::text AS last FROM event`,
  );
  const last = rows[0]?.last;
  for (;;) {
    const { rows: seen } = await database.pool.query<{ settled: boolean }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS settled',
      [last],
    );
    if (seen[0]?.settled === true) return;
    await delay(10);
  }
}

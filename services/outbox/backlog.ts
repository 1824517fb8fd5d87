import type { Database } from '../../prisma/client';

/** Of all relays the one that holds this lock delivers; the database frees it when the holder dies. */
export const relayLock = 72_707_370;

/** What stands before the relay: how many jobs (counted up to a bound), since when the oldest waits, and if one runs. */
export interface RelayBacklog {
  readonly jobs: number;
  readonly oldestSeconds: number;
  /** Whether some relay holds the lock and delivers. */
  readonly relayRuns: boolean;
}

/** Counting stops here: beyond it the figure says no more than "many". */
export const countedJobs = 10_000;

/** Two index reads and a look at the locks, however long the queue is. */
export async function relayBacklog({ pool }: Pick<Database, 'pool'>): Promise<RelayBacklog> {
  const { rows } = await pool.query<RelayBacklog>(
    `SELECT (SELECT count(*)::int FROM (SELECT 1 FROM job LIMIT ${countedJobs}) AS counted) AS jobs,
      coalesce((SELECT greatest(0, extract(epoch FROM now() - created_at))::int FROM job
        ORDER BY position LIMIT 1), 0) AS "oldestSeconds",
      EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = ${relayLock}
        AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "relayRuns"`,
  );
  return rows[0] ?? { jobs: 0, oldestSeconds: 0, relayRuns: false };
}

import type { Database } from '../../prisma/client';

/** What the clocks of all companies come to, for whoever watches the installation. */
export interface ClockFigures {
  readonly running: number;
  readonly paused: number;
  /** Breaches of the last 24 hours that were seen more than 30 seconds after their deadline. */
  readonly lateBreaches: number;
}

/** Reads the clocks of open tickets and, through an index of its own, the breaches that were seen late. */
export async function clockFigures({ pool }: Pick<Database, 'pool'>): Promise<ClockFigures> {
  const { rows } = await pool.query<ClockFigures>(
    `SELECT count(*) FILTER (WHERE c.status = 'running')::int AS running,
      count(*) FILTER (WHERE c.status = 'paused')::int AS paused,
      (SELECT count(*)::int FROM sla_clock l WHERE l.observed_at - l.breached_at > interval '30 seconds'
        AND l.observed_at > now() - interval '24 hours') AS "lateBreaches"
     FROM ticket t JOIN sla_clock c ON c.company_id = t.company_id AND c.ticket_id = t.id
     WHERE t.closed_at IS NULL AND t.archived_at IS NULL AND c.status IN ('running', 'paused')`,
  );
  return rows[0] ?? { running: 0, paused: 0, lateBreaches: 0 };
}

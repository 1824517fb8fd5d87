import type { Database } from '../../prisma/client';

interface RecordedQuery {
  readonly text: string;
  readonly values: unknown[];
}

/** The database with a memory of what was asked through its pool, so that a test can ask for the plans of it. */
export function recordQueries(database: Database): {
  readonly database: Database;
  /** Everything asked so far, in order. */
  readonly queries: readonly RecordedQuery[];
  /** The plan of the last query, as PostgreSQL would run it with these very values. */
  lastPlan(): Promise<string>;
} {
  const queries: RecordedQuery[] = [];
  const pool = new Proxy(database.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target) as unknown;
      return (query: string | RecordedQuery, values: unknown[] = []) => {
        const asked = typeof query === 'string' ? { text: query, values } : query;
        queries.push({ text: asked.text, values: asked.values });
        return target.query(asked);
      };
    },
  });
  return {
    database: { prisma: database.prisma, pool, close: () => database.close() },
    queries,
    async lastPlan() {
      const last = queries.at(-1);
      if (last === undefined) throw new Error('nothing was asked yet');
      const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ${last.text}`,
        last.values,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    },
  };
}

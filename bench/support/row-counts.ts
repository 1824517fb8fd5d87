import type { Database } from '../../prisma/client';

const tables = [
  'ticket',
  'ticket_stage_period',
  'sla_clock',
  'sla_clock_change',
  'timesheet_entry',
  'event',
  'job',
  'idempotency_key',
] as const;

/** How many rows one request adds to each table, so that a reader sees that two programs do the same work. */
export async function rowsPerRequest(database: Database, request: () => Promise<unknown>): Promise<string> {
  const before = await counts(database);
  await request();
  const after = await counts(database);
  return tables
    .map((table) => [table, (after[table] ?? 0) - (before[table] ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${table} ${count}`)
    .join(', ');
}

async function counts({ pool }: Database): Promise<Partial<Record<string, number>>> {
  const columns = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  const { rows } = await pool.query<Record<string, number>>(`SELECT ${columns.join(', ')}`);
  return rows[0] ?? {};
}

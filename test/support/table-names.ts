import type { Database } from '../../prisma/client';

/** All tables of the schema by name, the migrations' own among them. */
export async function tableNames({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>({
    name: 'tables',
    text: `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  });
  return rows.map(({ name }) => name);
}

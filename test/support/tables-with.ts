import type { Database } from '../../prisma/client';
import { tableNames } from './table-names';

/** Tables in which some column of some row holds the text; bytes are read as hexadecimal digits and as text. */
export async function tablesWith(database: Database, text: string): Promise<string[]> {
  const tables = await tableNames(database);
  expect(tables.length).toBeGreaterThan(30);
  const found: string[] = [];
  for (const name of tables) {
    const { rows } = await database.pool.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM "${name}" t WHERE position(lower($1) IN lower(t::text)) > 0
        OR position(lower($1) IN lower(to_jsonb(t)::text)) > 0) AS found`,
      [text],
    );
    if (rows[0]?.found === true) found.push(name);
  }
  return found;
}

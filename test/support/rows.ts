import type pg from 'pg';
import type { Database } from '../../prisma/client';

/** A print of every table's content; two equal ones mean that nothing was written in between. */
export type Rows = Readonly<Record<string, string>>;

/** Bookkeeping that is no record of a company. */
const bookkeeping = ['_prisma_migrations', 'login_attempt'];

const tablesOf = new WeakMap<pg.Pool, Promise<readonly string[]>>();

/** Prints all tables, or only one company's rows. */
export async function rowsOf(
  { pool }: Database,
  options: { readonly companyId?: string; readonly except?: readonly string[] } = {},
): Promise<Rows> {
  const tables = tablesOf.get(pool) ?? listTables(pool);
  tablesOf.set(pool, tables);
  const names = (await tables).filter((name) => options.except?.includes(name) !== true);
  const company = (name: string): string =>
    options.companyId === undefined ? '' : `WHERE t.${name === 'company' ? 'id' : 'company_id'} = $1`;
  // A sum, since no order is needed for it.
  const prints = names.map(
    (name) =>
      `SELECT '${name}' AS name, count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS print
       FROM "${name}" t ${company(name)}`,
  );
  const { rows } = await pool.query<{ name: string; print: string }>(
    prints.join(' UNION ALL '),
    options.companyId === undefined ? [] : [options.companyId],
  );
  return Object.fromEntries(rows.map(({ name, print }) => [name, print]));
}

async function listTables(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  return rows.map(({ name }) => name).filter((name) => !bookkeeping.includes(name));
}

import type { Database } from '../../prisma/client';

/** A print of every table's content; two equal ones mean that nothing was written in between. */
export type Rows = Readonly<Record<string, string>>;

/** Bookkeeping that is no record of a company. */
const bookkeeping = ['_prisma_migrations', 'login_attempt'];

/** Prints all tables, or only one company's rows. */
export async function rowsOf(
  database: Database,
  options: { readonly companyId?: string; readonly except?: readonly string[] } = {},
): Promise<Rows> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const names = tables
    .map(({ name }) => name)
    .filter((name) => !bookkeeping.includes(name) && options.except?.includes(name) !== true);
  const company = (name: string): string =>
    options.companyId === undefined ? '' : `WHERE t.${name === 'company' ? 'id' : 'company_id'} = $1`;
  const prints = names.map(
    (name) =>
      `SELECT '${name}' AS name, count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS print
       FROM "${name}" t ${company(name)}`,
  );
  const { rows } = await database.pool.query<{ name: string; print: string }>(
    prints.join(' UNION ALL '),
    options.companyId === undefined ? [] : [options.companyId],
  );
  return Object.fromEntries(rows.map(({ name, print }) => [name, print]));
}

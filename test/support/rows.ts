import type { Database } from '../../prisma/client';
import { tableNames } from './table-names';

/** A print of every table's content; two equal ones mean that nothing was written in between. */
export type Rows = Readonly<Record<string, string>>;

/** Bookkeeping that is no record of a company. */
const bookkeeping = ['_prisma_migrations', 'login_attempt'];

/** Prints all tables, or only one company's rows. */
export async function rowsOf(
  database: Database,
  options: { readonly companyId?: string; readonly except?: readonly string[] } = {},
): Promise<Rows> {
  const { companyId, except = [] } = options;
  const names = (await tableNames(database)).filter(
    (name) => !bookkeeping.includes(name) && !except.includes(name),
  );
  const company = (name: string): string =>
    companyId === undefined ? '' : `WHERE t.${name === 'company' ? 'id' : 'company_id'} = $1`;
  const prints = names.map(
    (name) =>
      `SELECT '${name}' AS name, count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS print
       FROM "${name}" t ${company(name)}`,
  );
  const { rows } = await database.pool.query<{ name: string; print: string }>({
    // Planned once for a connection: to plan it takes longer than to run it.
    name: ['rows', companyId === undefined ? 'of all' : 'of a company', ...except].join(' '),
    text: prints.join(' UNION ALL '),
    values: companyId === undefined ? [] : [companyId],
  });
  return Object.fromEntries(rows.map(({ name, print }) => [name, print]));
}

import pg from 'pg';
import { types } from '../prisma/client';
import { nextTurn, turnIsOver } from './turn';

/** What a page may hold; the row that reaches beyond it is the last one, so that a page always gets on. */
export const pageBytes = 1024 * 1024;

export interface PageRows<Row> {
  readonly rows: Row[];
  /** Whether there is a row behind the last one. */
  readonly more: boolean;
}

interface Marks {
  __more?: boolean | null;
  __before?: number | null;
}

/** JSON is read when it is its turn, not while the answer comes in. */
const jsonAsText: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && isJson(id)) return (text: string) => text;
    return types.getTypeParser(id, format as 'text') as (text: string) => unknown;
  },
};

function isJson(typeId: number): boolean {
  return typeId === pg.types.builtins.JSON || typeId === pg.types.builtins.JSONB;
}

/**
 * The first rows of an ordered statement: at most so many, and no more after `pageBytes` are reached. PostgreSQL
 * measures and sends none that are left out, and what is large is read over several turns of the event loop.
 * @param text an ordered SELECT without LIMIT, each of whose columns has a name of its own.
 */
export async function readPageRows<Row>(
  pool: pg.Pool,
  text: string,
  values: readonly unknown[],
  limit: number,
): Promise<PageRows<Row>> {
  // A window without an order takes the rows as they come, in the order of the statement inside.
  const bounded = `SELECT * FROM (
    SELECT "__row".*, lead(true) OVER earlier AS "__more",
      sum(octet_length("__row"::text)) OVER earlier AS "__before"
    FROM (${text} LIMIT $${values.length + 1}) "__row"
    WINDOW earlier AS (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) "__page"
    WHERE "__before" IS NULL OR "__before" < $${values.length + 2}`;
  const result = await pool.query<Row & Marks>({
    text: bounded,
    values: [...values, limit + 1, pageBytes],
    types: jsonAsText,
  });
  const rows = result.rows.slice(0, limit);
  const more = rows.at(-1)?.__more === true;
  const jsonColumns = result.fields.filter(({ dataTypeID }) => isJson(dataTypeID)).map(({ name }) => name);
  for (const row of rows as Record<string, unknown>[]) {
    delete row.__more;
    delete row.__before;
    for (const column of jsonColumns) {
      while (turnIsOver()) await nextTurn();
      const json = row[column];
      if (typeof json === 'string') row[column] = JSON.parse(json) as unknown;
    }
  }
  return { rows, more };
}

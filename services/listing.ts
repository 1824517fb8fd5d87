import { createHash } from 'node:crypto';
import { DomainError, invalidField, notFound } from '../domain/shared/errors';
import type { Context } from './context';
import { isUnreadableValue } from './database-errors';
import { readPageRows } from './page-rows';
import { prepared } from './statements-transaction';

/** How a filter's text becomes SQL. Several values in one filter, split by commas, mean any of them. */
export type FilterKind = 'id' | 'text' | 'enum' | 'boolean' | 'date' | 'instant' | 'integer';

export interface FilterDefinition {
  readonly kind: FilterKind;
  readonly description: string;
  /** SQL over one placeholder, an array for `id`, `text`, `enum`, `integer`, else a single value. */
  readonly sql: (placeholder: string) => string;
  /** With one value the filter is an equality on this column, so that an index keeps the order behind it. */
  readonly column?: string;
  readonly values?: readonly string[];
  /** Turns one accepted value into what the column stores. */
  readonly stored?: (value: string) => string | number;
}

export interface SortDefinition {
  /** The column or expression an index stands behind; must never be null. */
  readonly expression: string;
  readonly type: 'text' | 'timestamptz' | 'integer' | 'bigint' | 'date';
}

/** A readable resource: one SQL shape for the single record, the list and every verb's answer. */
export interface Resource {
  /** Singular noun, as messages name it. */
  readonly name: string;
  /** Columns with the API's names in double quotes; each row is the answer's object as it stands. */
  readonly select: string;
  readonly from: string;
  readonly company: string;
  readonly id: string;
  /** SQL that holds for the rows this caller may see; always part of the query, never applied afterwards. */
  readonly visible?: (context: Context, bind: (value: unknown) => string) => string;
  readonly filters: Readonly<Record<string, FilterDefinition>>;
  readonly sorts: Readonly<Record<string, SortDefinition>>;
  readonly defaultSort: string;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly filters: Readonly<Record<string, string>>;
}

export interface Page<Row> {
  readonly data: Row[];
  readonly nextCursor: string | null;
}

interface Cursor {
  readonly hash: string;
  readonly value: string;
  readonly id: string;
}

/** Something that runs SQL: the pool, or a client inside a transaction. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * One keyset page: as fast at page 20,000 as at page 1, stable while rows are added, filtered by access in SQL. It ends
 * before its limit where its rows reach `pageBytes`; whoever goes on with its cursor meets every row once.
 * @throws DomainError `validation_failed` for a cursor that was made for another filter or sort.
 */
export async function listPage<Row>(
  context: Context,
  resource: Resource,
  query: PageQuery,
  fixed: Readonly<Record<string, string>> = {},
): Promise<Page<Row>> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`${resource.company} = ${bind(context.companyId)}`];
  if (resource.visible !== undefined) conditions.push(resource.visible(context, bind));
  for (const [name, text] of Object.entries({ ...query.filters, ...fixed })) {
    const filter = resource.filters[name];
    if (filter === undefined)
      throw invalidField(`/query/${name}`, 'unknown_field', 'There is no such filter.');
    conditions.push(filterCondition(filter, text, bind));
  }
  const sortName = query.sort ?? resource.defaultSort;
  const descending = sortName.startsWith('-');
  const sort = resource.sorts[descending ? sortName.slice(1) : sortName];
  if (sort === undefined) throw invalidField('/query/sort', 'unknown_value', 'There is no such sort.');
  const direction = descending ? 'DESC' : 'ASC';
  const hash = cursorHash(resource.name, sortName, { ...query.filters, ...fixed });
  const byId = sort.expression === resource.id;
  if (query.cursor !== undefined) {
    const cursor = readCursor(query.cursor, hash);
    const comparison = descending ? '<' : '>';
    conditions.push(
      byId
        ? `${resource.id} ${comparison} ${bind(cursor.id)}`
        : `(${sort.expression}, ${resource.id}) ${comparison} (${bind(cursor.value)}::${sort.type}, ${bind(cursor.id)})`,
    );
  }
  const order = byId
    ? `${resource.id} ${direction}`
    : `${sort.expression} ${direction}, ${resource.id} ${direction}`;
  const text = `SELECT ${resource.select}, (${sort.expression})::text AS "__sort", (${resource.id})::text AS "__id"
    FROM ${resource.from} WHERE ${conditions.join(' AND ')} ORDER BY ${order}`;
  const { rows, more } = await readPageRows<Row & { __sort?: string; __id?: string }>(
    context.database.pool,
    text,
    values,
    query.limit,
  ).catch((error: unknown) => {
    throw query.cursor !== undefined && isUnreadableValue(error) ? badCursor() : error;
  });
  const last = rows.at(-1);
  const nextCursor =
    more && last !== undefined ? writeCursor({ hash, value: last.__sort ?? '', id: last.__id ?? '' }) : null;
  for (const row of rows) {
    delete row.__sort;
    delete row.__id;
  }
  return { data: rows, nextCursor };
}

/**
 * The record as the API shows it, or the same 404 for unknown, foreign and invisible ones.
 * @throws DomainError `not_found`
 */
export async function readOne<Row>(
  context: Context,
  resource: Resource,
  id: string,
  queryable: Queryable = prepared(context.database.pool),
): Promise<Row> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`${resource.company} = ${bind(context.companyId)}`, `${resource.id} = ${bind(id)}`];
  if (resource.visible !== undefined) conditions.push(resource.visible(context, bind));
  const text = `SELECT ${resource.select} FROM ${resource.from} WHERE ${conditions.join(' AND ')}`;
  const { rows } = await queryable.query(text, values);
  if (rows[0] === undefined) throw notFound(resource.name);
  return rows[0] as Row;
}

function filterCondition(filter: FilterDefinition, text: string, bind: (value: unknown) => string): string {
  const value = filterValue(filter, text);
  if (filter.column !== undefined && Array.isArray(value) && value.length === 1) {
    return `${filter.column} = ${bind(value[0])}`;
  }
  return filter.sql(bind(value));
}

function filterValue(filter: FilterDefinition, text: string): unknown {
  const stored = filter.stored ?? ((value: string) => value);
  switch (filter.kind) {
    case 'id':
    case 'text':
    case 'enum':
      return text.split(',').map(stored);
    case 'integer':
      return text.split(',').map(Number);
    case 'boolean':
      return text === 'true';
    case 'date':
    case 'instant':
      return text;
  }
}

function cursorHash(name: string, sort: string, filters: Readonly<Record<string, string>>): string {
  const entries = Object.entries(filters).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([name, sort, entries]))
    .digest('base64url')
    .slice(0, 12);
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.hash, cursor.value, cursor.id])).toString('base64url');
}

function readCursor(text: string, hash: string): Cursor {
  const parts = parseCursor(text);
  if (parts === undefined) throw badCursor();
  if (parts.hash !== hash) {
    throw invalidField(
      '/query/cursor',
      'cursor_mismatch',
      'The cursor belongs to another filter or sort; start over.',
    );
  }
  return parts;
}

function badCursor(): DomainError {
  return invalidField(
    '/query/cursor',
    'bad_cursor',
    'This is not a cursor of ours; leave it out to start over.',
  );
}

function parseCursor(text: string): Cursor | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(parts) || parts.length !== 3) return undefined;
    if (!parts.every((part): part is string => typeof part === 'string' && !part.includes('\u0000')))
      return undefined;
    const [hash, value, id] = parts as [string, string, string];
    return { hash, value, id };
  } catch {
    return undefined;
  }
}

/** The guard of every change by version (RFC 9110 §13.1.1, `If-Match`). */
export function requireVersion(present: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== present) {
    throw new DomainError(
      'precondition_failed',
      'The record was changed by someone else meanwhile; read it again and repeat your change.',
      { state: { version: present } },
    );
  }
}

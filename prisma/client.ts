import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client';

/** Prisma for ordinary work and `pg` for hot paths and reads, over one pool of connections. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** Ends every connection; the process owns its database and calls this once, last. */
  close(): Promise<void>;
}

export type Transaction = Prisma.TransactionClient;
export { Prisma } from './generated/client';

const typeIds = { int8: 20, date: 1082, timestamptz: 1184 } as const;

/** Answers of named statements already have the API's shape: instants in UTC, dates as written, numbers exact. */
export const types: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (id === typeIds.timestamptz) return (text: string) => new Date(text).toISOString();
      if (id === typeIds.date) return (text: string) => text;
      if (id === typeIds.int8) return exactNumber;
    }
    return pg.types.getTypeParser(id, format as 'text');
  },
};

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} cannot be represented exactly`);
  return value;
}

const statementLimitMs = 30_000;
/** What is not answered by then never will be: the server has ended the statement, or its host is gone without a word. */
const answerLimitMs = statementLimitMs + 5_000;

/** Each is kept prepared by every connection that has met it, some tens of kilobytes of the server's memory. */
const mostStatements = 500;
/** More of them are the values of many rows or a long list, whose text is another for each length. */
const mostArguments = 40;

/**
 * Names for Prisma's statements, so that a connection parses and plans a text once. What has many arguments or comes
 * after there are enough has no name and is planned each time.
 */
function statementNames(): (statement: {
  readonly sql: string;
  readonly args: readonly unknown[];
}) => string {
  const names = new Map<string, string>();
  return ({ sql, args }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size === mostStatements || args.length > mostArguments) return '';
    const name = `prisma_${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}

/**
 * Opens the pool; connections are made on first use. A broken idle connection is dropped and replaced, so a
 * restarted PostgreSQL needs no restart of the process.
 */
export function openDatabase(options: {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly onIdleError?: (error: Error) => void;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementLimitMs,
    query_timeout: answerLimitMs,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    types,
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
  });
  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

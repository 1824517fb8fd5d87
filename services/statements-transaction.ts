import type pg from 'pg';
import type { Queryable } from './listing';

/** A statement that is not answered by then never will be; its connection is given up. */
const answerLimitMs = 20_000;
const rollbackLimitMs = 1_000;

/** The name under which a connection keeps a statement prepared; texts are written in the code, so they are few. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `statement_${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** Statements that PostgreSQL parses and plans once for each connection. */
export function prepared(connection: pg.Pool | pg.PoolClient): Queryable {
  return {
    query: (text, values) => {
      const query = { name: nameOf(text), text, values, query_timeout: answerLimitMs };
      return connection.query(query);
    },
  };
}

/** Runs statements in one transaction on one connection of the pool. */
export function inStatements<Result>(
  pool: pg.Pool,
  run: (sql: Queryable) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, 'BEGIN', run);
}

/** Reads with several statements what one instant held: what commits between two of them is seen by neither. */
export function inSnapshot<Result>(pool: pg.Pool, run: (sql: Queryable) => Promise<Result>): Promise<Result> {
  return inTransaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', run);
}

async function inTransaction<Result>(
  pool: pg.Pool,
  begin: string,
  run: (sql: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken = false;
  // A connection lost between two statements tells its next one.
  client.on('error', ignore);
  try {
    await client.query(begin);
    const result = await run(prepared(client));
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('a transaction went on after a statement of it had failed');
    return result;
  } catch (error) {
    const rollback = { text: 'ROLLBACK', query_timeout: rollbackLimitMs };
    await client.query(rollback).catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

function ignore(): void {}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, everything, user } from '../support/factories';
import { root } from '../support/processes';
import { tableNames } from '../support/table-names';
import { testTemporal } from '../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly parameters: number;
}

async function preparedOn(connection: pg.PoolClient): Promise<readonly PreparedStatement[]> {
  const { rows } = await connection.query<PreparedStatement>(
    'SELECT name, statement AS text, cardinality(parameter_types) AS parameters FROM pg_prepared_statements',
  );
  return rows;
}

/** Has PostgreSQL plan it again, as it does at its next use, without running it. */
function planAgain(connection: pg.PoolClient, { name, parameters }: PreparedStatement): Promise<unknown> {
  const values = parameters === 0 ? '' : `(${Array(parameters).fill('NULL').join()})`;
  return connection.query(`EXPLAIN EXECUTE "${name}" ${values}`);
}

async function addToEveryTable(): Promise<void> {
  const tables = (await tableNames(database)).filter((name) => name !== '_prisma_migrations');
  expect(tables.length).toBeGreaterThan(30);
  for (const name of tables) {
    await database.pool.query(`ALTER TABLE "${name}" ADD COLUMN added_later text NOT NULL DEFAULT 'later'`);
    await database.pool.query(`CREATE INDEX ON "${name}" (added_later)`);
  }
}

/**
 * An upgrade migrates first and replaces the processes then (docs/operations.md), so those of the release before meet
 * the later schema with statements that their connections have prepared on the earlier one. PostgreSQL refuses such a
 * statement for ever once it would answer other columns.
 */
it('what connections have prepared goes on when a later release adds columns and indexes', async () => {
  for (const route of routesWithExample) {
    const example = await exampleOf(route, world);
    const { token } = await user(world, callerRole(route));
    const { status } = await api
      .client(token)
      .send(route.method, addressOf(route, example), example.body, { headers: { ...example.headers } });
    expect({ operation: route.operationId, status }).toEqual({
      operation: route.operationId,
      status: route.answers.status,
    });
  }
  await temporal.settled();
  await temporal.stopRelay();
  await temporal.stopWorker();
  await addToEveryTable();

  const { pool } = database;
  const connections = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  const refused: string[] = [];
  const texts = new Set<string>();
  for (const connection of connections) {
    for (const statement of await preparedOn(connection)) {
      texts.add(statement.text);
      await planAgain(connection, statement).catch((error: unknown) => {
        refused.push(`${String(error)}: ${statement.text}`);
      });
    }
    connection.release();
  }
  expect(refused).toEqual([]);
  expect(texts.size).toBeGreaterThan(200);
}, 90_000);

const [, ...later] = readdirSync(join(root, 'prisma', 'migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** What processes of the release before, which run beside the migration, would stumble over. */
const takesAway: Readonly<Record<string, RegExp>> = {
  'a column or table is gone': /\bDROP\s+(COLUMN|TABLE)\b/i,
  'a name is another': /\bRENAME\b/i,
  'a column has another type': /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i,
  'a column must be written that nobody knew': /\bADD\s+COLUMN\b(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b/i,
};

it.each(later)('%s leaves the release before what it reads and writes', (name) => {
  const text = readFileSync(join(root, 'prisma', 'migrations', name, 'migration.sql'), 'utf8');
  const found = Object.entries(takesAway).flatMap(([what, pattern]) => (pattern.test(text) ? [what] : []));
  expect(found).toEqual([]);
});

it('what takes something away is noticed', () => {
  const bad = [
    'ALTER TABLE "team" DROP COLUMN "name";',
    'ALTER TABLE "team" RENAME COLUMN "name" TO "title";',
    'ALTER TABLE "team" ALTER COLUMN "name" SET DATA TYPE text;',
    'ALTER TABLE "team" ADD COLUMN "rank" integer NOT NULL;',
  ];
  const good = 'ALTER TABLE "team" ADD COLUMN "rank" integer NOT NULL DEFAULT 0, ADD COLUMN "note" text;';
  const patterns = Object.values(takesAway);
  expect(bad.map((text) => patterns.findIndex((pattern) => pattern.test(text)))).toEqual([0, 1, 2, 3]);
  expect(patterns.filter((pattern) => pattern.test(good))).toEqual([]);
});

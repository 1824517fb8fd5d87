import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Database, openDatabase } from '../../prisma/client';
import { addresses } from './addresses';

export interface TestDatabase extends Database {
  /** For a second process or pool on the same data; whoever opens one closes it before the file ends. */
  readonly url: string;
  /** Runs after the file's tests and before the database goes, last registered first. */
  beforeClose(work: () => Promise<void>): void;
}

const closeLimitMs = 20_000;

/**
 * A database of its own for the calling test file, cloned from the migrated template before its tests and
 * dropped after them. Call it once at the top of the file; usable inside hooks and tests. The file fails when a
 * connection to it is left open or a client was never given back.
 */
export function testDatabase(): TestDatabase {
  let database: Database | undefined;
  let url = '';
  const closers: (() => Promise<void>)[] = [];
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    await asAdministrator((client) =>
      // Copied by the system: half the work of writing every page to the log as well.
      client.query(`CREATE DATABASE ${name} TEMPLATE ${addresses.templateDatabase.get()} STRATEGY FILE_COPY`),
    );
    const address = new URL(addresses.databaseServer.get());
    address.pathname = `/${name}`;
    url = address.href;
    database = openDatabase({ url, poolSize: 12, applicationName: 'test' });
  });

  afterAll(async () => {
    if (database === undefined) return;
    for (const closer of closers.reverse()) await closer();
    const problems = await closingProblems(database, name);
    await asAdministrator((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    if (problems.length > 0)
      throw new Error(`The test file left its database in use: ${problems.join('; ')}`);
  });

  const opened = (): Database => {
    if (database === undefined) throw new Error('the test database exists only inside hooks and tests');
    return database;
  };
  return {
    get prisma() {
      return opened().prisma;
    },
    get pool() {
      return opened().pool;
    },
    get url() {
      return url;
    },
    beforeClose(work) {
      closers.push(work);
    },
    close: () => opened().close(),
  };
}

async function closingProblems(database: Database, name: string): Promise<string[]> {
  const problems: string[] = [];
  const closed = await Promise.race([
    database.close().then(() => true),
    delay(closeLimitMs, false, { ref: false }),
  ]);
  if (!closed) problems.push('a client of the pool was never released');
  const left = await asAdministrator(async (client) => {
    const deadline = Date.now() + (closed ? closeLimitMs : 0);
    for (;;) {
      const { rows } = await client.query<{ connection: string }>(
        `SELECT application_name || ' (' || coalesce(state, '') || '): ' || left(query, 80) AS connection
         FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
        [name],
      );
      // A backend leaves the view a moment after its client went away.
      if (rows.length === 0 || Date.now() >= deadline) return rows.map((row) => row.connection);
      await delay(20);
    }
  });
  return [...problems, ...left];
}

async function asAdministrator<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: addresses.databaseServer.get() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

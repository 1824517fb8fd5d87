import { type Database, openDatabase } from '../../prisma/client';
import { isDatabaseUnavailable } from '../../services/database-errors';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const database = testDatabase();
let link: TcpProxy;
let behind: Database;

beforeAll(async () => {
  const url = new URL(database.url);
  link = await startTcpProxy(Number(url.port));
  url.port = String(link.port);
  behind = openDatabase({ url: url.href, poolSize: 2, applicationName: 'behind a link' });
  database.beforeClose(async () => {
    await behind.close();
    await link.close();
  });
});

const asking: readonly [string, () => Promise<unknown>][] = [
  ['a raw statement', () => behind.prisma.$executeRaw`SELECT pg_sleep(5)`],
  [
    'a statement of a transaction',
    () => behind.prisma.$transaction((transaction) => transaction.$executeRaw`SELECT pg_sleep(5)`),
  ],
  ['a query of the pool', () => behind.pool.query('SELECT pg_sleep(5)')],
];
const ways: readonly [string, () => unknown][] = [
  ['its connection is cut', () => link.cut()],
  ['its connection is reset', () => link.reset()],
  ['its backend is ended', () => endBackends()],
];

/** Of a link that was cut they work on: PostgreSQL does not notice before it answers. */
async function endBackends(): Promise<void> {
  await database.pool.query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'behind a link'",
  );
}

afterEach(endBackends);

describe.each(asking)('%s', (_what, ask) => {
  it.each(ways)('says that the database is away when %s', async (_how, lose) => {
    const asked = ask().then(
      () => 'answered',
      (error: unknown) => error,
    );
    await eventually('the statement runs', async () => {
      const { rows } = await database.pool.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'behind a link' AND state = 'active'
           AND query LIKE 'SELECT pg_sleep%'`,
      );
      return rows.length > 0;
    });
    await lose();
    const error = await asked;
    expect({ error: String(error), unavailable: isDatabaseUnavailable(error) }).toEqual({
      error: expect.any(String),
      unavailable: true,
    });
  });
});

it('says so of a lock that is not given in time', async () => {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE company');
    const { prisma } = database;
    const asked = prisma.$transaction([
      prisma.$executeRaw`SET LOCAL lock_timeout = '10ms'`,
      prisma.$executeRaw`LOCK TABLE company`,
    ]);
    const error: unknown = await asked.catch((refusal: unknown) => refusal);
    expect(isDatabaseUnavailable(error)).toBe(true);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
});

it.each(['ECONNRESET', 'Client has encountered a connection error and is not queryable', 'timeout expired'])(
  'takes “%s” for a database that is away, and a defect for none',
  (message) => {
    expect(isDatabaseUnavailable(new Error(message))).toBe(true);
    expect(isDatabaseUnavailable(new TypeError('x is not a function'))).toBe(false);
  },
);

import { timezone } from '../../api/schemas';
import { testDatabase } from '../support/database';

const database = testDatabase();

const instants = ['2026-01-15T12:00:00Z', '2026-07-15T12:00:00Z'];

/** Names that neither PostgreSQL's list nor ICU's holds, and that one of them understands all the same. */
const unlisted = ['SystemV/PST8PDT', 'SystemV/AST4', 'US/Pacific-New', 'Etc/Unknown', 'posix/Europe/Berlin'];

async function column(sql: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(sql);
  return rows.map(({ name }) => name);
}

async function inPostgres(instant: string, zone: string): Promise<string> {
  try {
    const { rows } = await database.pool.query<{ local: string }>(
      `SELECT to_char($1::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') AS local`,
      [instant, zone],
    );
    return rows[0]?.local ?? 'nothing';
  } catch (error) {
    return String(error);
  }
}

function inNode(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(new Date(instant));
}

it('every time zone that is accepted is the same one in Node.js and in PostgreSQL', async () => {
  const candidates = new Set([
    ...Intl.supportedValuesOf('timeZone'),
    ...(await column('SELECT name FROM pg_timezone_names')),
    ...(await column('SELECT abbrev AS name FROM pg_timezone_abbrevs')),
    ...unlisted,
  ]);
  const accepted = [...candidates].filter((name) => timezone.safeParse(name).success);
  expect(accepted.length).toBeGreaterThan(400);
  const different: string[] = [];
  for (const name of accepted) {
    for (const instant of instants) {
      const [node, postgres] = [inNode(instant, name), await inPostgres(instant, name)];
      if (node !== postgres) different.push(`${name}: ${node} in Node.js, ${postgres} in PostgreSQL`);
    }
  }
  expect(different).toEqual([]);
});

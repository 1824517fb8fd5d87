import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, type TestTeam, team, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;
let ownTeam: TestTeam;

interface Results {
  readonly results: readonly { readonly status: string; readonly code?: string }[];
}

beforeEach(async () => {
  world = await company(database);
  ownTeam = await team(world);
  api.log.clear();
});

/** From now on PostgreSQL refuses to insert a ticket whose subject is an error's code, with that error. */
beforeAll(async () => {
  await database.pool.query('CREATE SEQUENCE failed_inserts');
  await database.pool.query(`
    CREATE FUNCTION fail_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM nextval('failed_inserts');
      RAISE EXCEPTION 'as the test wants it' USING ERRCODE = NEW.subject;
    END $$`);
  await database.pool.query(`
    CREATE TRIGGER fail_ticket BEFORE INSERT ON ticket FOR EACH ROW WHEN (NEW.subject ~ '^[0-9A-Z]{5}$')
    EXECUTE FUNCTION fail_ticket()`);
});

const send = (subjects: readonly string[], headers: Readonly<Record<string, string>> = {}) =>
  api
    .client(world.users.agent.token)
    .post<Results>(
      '/v1/tickets/bulk',
      { tickets: subjects.map((subject) => ({ teamId: ownTeam.id, subject })) },
      { headers },
    );

const diskFull = '53100';
const defect = 'XX000';
const ticketsOf = () => database.prisma.ticket.count({ where: { companyId: world.companyId } });

it.each([
  ['the database is in trouble', diskFull, 'database_unavailable'],
  ['something is wrong with us', defect, 'internal_error'],
])('a ticket for which %s is refused for itself', async (_why, subject, code) => {
  const answer = await send(['one', subject, 'three', 'four', 'five', 'six', 'seven']);
  expect(answer.status).toBe(200);
  expect(answer.body.results.map((item) => item.code ?? item.status)).toEqual([
    'created',
    code,
    ...Array.from({ length: 5 }, () => 'created'),
  ]);
  expect(await ticketsOf()).toBe(6);
  const requestId = answer.headers.get('x-request-id');
  expect(api.log.lines()).toContainEqual(
    expect.objectContaining({ msg: 'answered all the same', requestId, error: expect.anything() }),
  );
});

it('sent again with its key, it makes what was left', async () => {
  const headers = { 'Idempotency-Key': 'the-same' };
  await send(['one', diskFull, 'three'], headers);
  await database.pool.query('ALTER TABLE ticket DISABLE TRIGGER fail_ticket');
  try {
    const again = await send(['one', diskFull, 'three'], headers);
    expect(again.body.results.map(({ status }) => status)).toEqual(['created', 'created', 'created']);
  } finally {
    await database.pool.query('ALTER TABLE ticket ENABLE TRIGGER fail_ticket');
  }
  expect(await ticketsOf()).toBe(3);
});

it('a database that takes nothing is not asked a hundred times', async () => {
  await database.pool.query('ALTER SEQUENCE failed_inserts RESTART');
  const answer = await send(Array.from({ length: 100 }, () => diskFull));
  expect(new Set(answer.body.results.map(({ code }) => code))).toEqual(new Set(['database_unavailable']));
  expect(answer.body.results).toHaveLength(100);
  const { rows } = await database.pool.query(`SELECT nextval('failed_inserts') AS next`);
  expect(rows[0]).toMatchObject({ next: expect.any(Number) });
  expect((rows[0] as { next: number }).next).toBeLessThan(20);
});

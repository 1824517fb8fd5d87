import { type Database, openDatabase } from '../../prisma/client';
import { testDatabase } from '../support/database';
import { company, contact, type World } from '../support/factories';

const database = testDatabase();
let world: World;
/** Of one connection, so that all it has prepared can be read from it. */
let narrow: Database;

beforeAll(async () => {
  world = await company(database);
});
beforeEach(() => {
  narrow = openDatabase({ url: database.url, poolSize: 1, applicationName: 'test' });
});
afterEach(() => narrow.close());

async function preparedLike(
  pattern: string,
): Promise<{ readonly statement: string; readonly runs: number }[]> {
  const { rows } = await narrow.pool.query<{ statement: string; runs: number }>(
    `SELECT statement, generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement LIKE $1`,
    [pattern],
  );
  return rows;
}

it('a statement of Prisma is prepared once for a connection, whatever its values are', async () => {
  const ids = [await contact(world), await contact(world)];
  for (const id of ids) {
    const found = await narrow.prisma.contact.findUnique({
      where: { companyId_id: { companyId: world.companyId, id } },
    });
    expect(found?.id).toBe(id);
  }
  expect(await preparedLike('%"contact"%')).toEqual([{ statement: expect.any(String), runs: ids.length }]);
});

it('rows written together, whose text is another for each number of them, are not kept', async () => {
  const people = Array.from({ length: 30 }, (_unused, index) => ({
    companyId: world.companyId,
    id: `con_${String(index).padStart(26, '0')}`,
    kind: 'person' as const,
    name: 'Somebody',
  }));
  expect(await narrow.prisma.contact.createMany({ data: people })).toEqual({ count: people.length });
  expect(await preparedLike('INSERT INTO%')).toEqual([]);
});

it('no more statements are kept than there is a place for, and the others are answered too', async () => {
  for (let number = 1; number <= 510; number++) {
    expect(await narrow.prisma.$queryRawUnsafe(`SELECT ${number} AS number`)).toEqual([{ number }]);
  }
  expect(await preparedLike('SELECT % AS number')).toHaveLength(500);
});

import { type ContactView, contactResource } from '../../services/contacts/contact';
import { newId } from '../../services/ids';
import { listPage, readOne } from '../../services/listing';
import { testDatabase } from '../support/database';
import { company, contact, contextFor, type World } from '../support/factories';

const database = testDatabase();
const total = 1000;
let world: World;
let organisationId: string;
let known: Set<string>;

beforeAll(async () => {
  world = await company(database);
  organisationId = await contact(world, { kind: 'organisation', name: 'Zeta' });
  // Ten names for a thousand people: nearly every page ends within a tie.
  const people = Array.from({ length: total }, (_, index) => ({
    companyId: world.companyId,
    id: newId('contact'),
    kind: 'person',
    name: `Person ${index % 10}`,
    organisationId: index % 2 === 0 ? organisationId : null,
  }));
  await database.prisma.contact.createMany({ data: people });
  known = new Set(people.map(({ id }) => id));
});

/** Every row from the first page to the last, with `between` run after each page. */
async function readAll(
  query: { sort: string; limit: number; filters?: Record<string, string> },
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<ContactView[]> {
  const rows: ContactView[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { data: ContactView[]; nextCursor: string | null } = await listPage<ContactView>(
      contextFor(world),
      contactResource,
      { ...query, filters: query.filters ?? {}, cursor },
    );
    expect(page.data.length).toBeLessThanOrEqual(query.limit);
    expect(page.data.length).toBeGreaterThan(0);
    rows.push(...page.data);
    cursor = page.nextCursor;
    await between();
  }
  return rows;
}

const byName = (rows: ContactView[]): string[] => rows.map(({ name, id }) => `${name} ${id}`);

describe('pages of a thousand rows', () => {
  it.each(['name', '-name', 'createdAt', '-createdAt'])(
    'sorted by %s hold each row once, also while rows are added',
    async (sort) => {
      let added = 0;
      const rows = await readAll({ sort, limit: 37 }, async () => {
        added += 1;
        await contact(world, { name: `Person ${added % 10}` });
        await contact(world, { name: '' });
        await contact(world, { name: 'zzz' });
      });
      expect(added).toBeGreaterThan(25);
      const ids = rows.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => known.has(id)).length).toBe(total);
    },
  );

  it('are in order over ties, and the other direction is the mirror', async () => {
    const up = byName(await readAll({ sort: 'name', limit: 64, filters: { organisationId } }));
    const down = byName(await readAll({ sort: '-name', limit: 50, filters: { organisationId } }));
    expect(up.length).toBe(total / 2);
    expect(up).toEqual([...up].sort((left, right) => (left < right ? -1 : 1)));
    expect(down).toEqual([...up].reverse());
  });

  it('end exactly: a page as long as the rest has no cursor', async () => {
    const query = { sort: 'name', filters: { organisationId } };
    const whole = await listPage(contextFor(world), contactResource, { ...query, limit: total / 2 });
    expect(whole.nextCursor).toBeNull();
    const short = await listPage(contextFor(world), contactResource, { ...query, limit: total / 2 - 1 });
    expect(short.nextCursor).not.toBeNull();
  });

  it('show a row once although it moves behind the reader', async () => {
    const seen = await readAll({ sort: 'createdAt', limit: 200 }, () =>
      database.prisma.contact.updateMany({
        where: { companyId: world.companyId, name: 'Person 3' },
        data: { name: 'Person 4' },
      }),
    );
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });
});

describe('a cursor', () => {
  const page = (options: { sort?: string; filters?: Record<string, string>; cursor?: string }) =>
    listPage(contextFor(world), contactResource, {
      limit: 5,
      sort: options.sort ?? 'name',
      filters: options.filters ?? {},
      cursor: options.cursor,
    });
  const refusal = (code: string) => ({
    code: 'validation_failed',
    details: { fields: [{ pointer: '/query/cursor', code }] },
  });

  it('of another filter or sort is refused', async () => {
    const cursor = (await page({})).nextCursor ?? '';
    await expect(page({ cursor, filters: { organisationId } })).rejects.toMatchObject(
      refusal('cursor_mismatch'),
    );
    await expect(page({ cursor, sort: '-name' })).rejects.toMatchObject(refusal('cursor_mismatch'));
    await expect(page({ cursor, sort: 'createdAt' })).rejects.toMatchObject(refusal('cursor_mismatch'));
    expect((await page({ cursor })).data.length).toBe(5);
  });

  it.each([
    'garbage',
    '',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('["a","b"]').toString('base64url'),
    Buffer.from('[1,2,3]').toString('base64url'),
    Buffer.from('["a","\\u0000","c"]').toString('base64url'),
  ])('that is none is refused: %p', async (cursor) => {
    await expect(page({ cursor })).rejects.toMatchObject(refusal('bad_cursor'));
  });

  it('of another company shows that company nothing of this one', async () => {
    const cursor = (await page({})).nextCursor ?? '';
    const elsewhere = await company(database);
    const answer = await listPage(contextFor(elsewhere), contactResource, {
      limit: 5,
      sort: 'name',
      filters: {},
      cursor,
    });
    expect(answer).toEqual({ data: [], nextCursor: null });
  });
});

describe('a read', () => {
  it('refuses filters and sorts that are not offered', async () => {
    const read = (sort: string | undefined, filters: Record<string, string>) =>
      listPage(contextFor(world), contactResource, { limit: 5, sort, filters });
    await expect(read('email', {})).rejects.toMatchObject({
      details: { fields: [{ pointer: '/query/sort', code: 'unknown_value' }] },
    });
    await expect(read(undefined, { 'name = name OR 1': '1' })).rejects.toMatchObject({
      details: { fields: [{ code: 'unknown_field' }] },
    });
  });

  it('answers the same 404 for unknown and foreign ids', async () => {
    const foreign = await contact(await company(database));
    const refusals = await Promise.all(
      [foreign, newId('contact'), 'con_', "'; DROP TABLE contact; --"].map((id) =>
        readOne(contextFor(world), contactResource, id).catch((error: unknown) => String(error)),
      ),
    );
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toMatch(/There is no such contact/);
  });
});

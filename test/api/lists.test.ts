import { testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, everything } from '../support/factories';

interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly nextCursor: string | null;
}

const database = testDatabase();
const api = testApi(database);
let world: Everything;

beforeAll(async () => {
  const made = await company(database);
  // Three of each kind, so that pages have something to divide.
  await everything(made);
  await everything(made);
  world = await everything(made);
});

const lists = routesWithExample.flatMap((route) =>
  route.list === undefined ? [] : [[route.operationId, route, route.list] as const],
);

describe.each(lists)('%s', (_name, route, resource) => {
  const sorts = Object.keys(resource.sorts).flatMap((name) => [name, `-${name}`]);

  it.each(sorts)('sorted by %s is the same in pages of one as in one page', async (sort) => {
    const client = api.client(world.users[callerRole(route)].token);
    const example = await exampleOf(route, world);
    const read = async (query: Record<string, string>): Promise<Page> =>
      (await client.get<Page>(addressOf(route, { ...example, query: { ...query, sort } }))).body;
    const whole = await read({ limit: '200' });
    expect(whole.nextCursor).toBeNull();
    const single: unknown[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: Page = await read({ limit: '1', ...(cursor === undefined ? {} : { cursor }) });
      expect(page.data.length).toBeLessThanOrEqual(1);
      single.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(single).toEqual(whole.data);
  });

  const choices = Object.entries(resource.filters).flatMap(([name, filter]) =>
    filter.kind === 'enum' ? [[name, filter.values ?? []] as const] : [],
  );
  if (choices.length > 0) {
    it.each(choices)('is divided by the values of %s', async (name, values) => {
      const client = api.client(world.users[callerRole(route)].token);
      const example = await exampleOf(route, world);
      const read = async (query: Record<string, string>): Promise<Page['data']> =>
        (await client.get<Page>(addressOf(route, { ...example, query: { limit: '200', ...query } }))).body
          .data;
      const parts = await Promise.all(
        values.map(async (value) => [value, await read({ [name]: value })] as const),
      );
      for (const [value, rows] of parts) {
        for (const row of rows) expect(row).toHaveProperty(name, value);
      }
      const identities = (rows: Page['data']): unknown[] => rows.map(({ id }) => id).toSorted();
      expect(identities(parts.flatMap(([, rows]) => rows))).toEqual(identities(await read({})));
    });
  }

  // What stands under one record is little enough to sort.
  if (route.path.includes('{')) return;

  it('has an index behind every sort', async () => {
    const client = await database.pool.connect();
    try {
      // A table of three rows is scanned whatever the indexes; without that choice the plan shows the index.
      await client.query(
        'BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off',
      );
      for (const { expression } of Object.values(resource.sorts)) {
        const order = expression === resource.id ? resource.id : `${expression}, ${resource.id}`;
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN SELECT ${resource.id} FROM ${resource.from} WHERE ${resource.company} = 'com_x' ORDER BY ${order} LIMIT 50`,
        );
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        // An incremental sort only orders the ties of an index.
        expect(plan).not.toMatch(/(?<!Incremental )Sort {2}\(/);
      }
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});

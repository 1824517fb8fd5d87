import type { Route } from '../../api/route';
import { type Answer, testApi } from '../support/api-client';
import { bodySchema, valueAt, withValue } from '../support/bad-bodies';
import { callerRole, severalAtOnce } from '../support/callers';
import { operations } from '../support/contract';
import { testDatabase } from '../support/database';
import { addressOf, type Example, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, everything } from '../support/factories';
import { referencesIn } from '../support/ids-in-bodies';
import { rowsOf } from '../support/rows';
import { testTemporal } from '../support/temporal';

interface Refusal {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
  readonly results?: readonly { readonly status: string; readonly errors: { readonly pointer: string }[] }[];
}

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let own: Everything;
let other: Everything;

beforeAll(async () => {
  own = await everything(await company(database));
  other = await everything(await company(database));
});

const withPath = routesWithExample.filter((route) => route.path.includes('{'));
const withReferences = routesWithExample.filter((route) => route.body !== undefined);
const readable = routesWithExample.filter((route) => route.method === 'get');

/** A refused decision is remembered under its key, so that asking again gets the same answer. */
const rows = () => rowsOf(database, { except: ['idempotency_key'] });

async function call(route: Route, example: Example): Promise<Answer<Refusal>> {
  return api
    .client(own.users[callerRole(route)].token)
    .send<Refusal>(route.method, addressOf(route, example), example.body, {
      headers: example.headers ?? {},
    });
}

/** A refusal of the member; of a bulk request, that of its first item. */
function refuses(answer: Answer<Refusal>, pointer: string): boolean {
  const [item] = answer.body.results ?? [];
  if (answer.status === 200) {
    return item?.status === 'refused' && item.errors.some((error) => pointer.endsWith(error.pointer));
  }
  return answer.status === 422 && (answer.body.errors ?? []).some((error) => error.pointer === pointer);
}

describe.each(withPath.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it("answers 404 to the other company's ids and changes nothing", async () => {
    const mine = await exampleOf(route, own);
    const theirs = await exampleOf(route, other);
    const names = Object.keys(theirs.params ?? {});
    const strange = names.map((name) => ({ ...mine.params, [name]: theirs.params?.[name] ?? '' }));
    await temporal.settled();
    const before = await rows();
    for (const params of [theirs.params ?? {}, ...strange]) {
      const answer = await call(route, { ...mine, params });
      expect({ params, status: answer.status, code: answer.body.code }).toEqual({
        params,
        status: 404,
        code: 'not_found',
      });
    }
    expect(await rows()).toEqual(before);
  });
});

describe.each(withReferences.map((route) => [route.operationId, route] as const))(
  'body of %s',
  (_name, route) => {
    const operation = operations.find(({ operationId }) => operationId === route.operationId);
    const schema = operation === undefined ? undefined : bodySchema(operation);

    it("refuses the other company's ids and changes nothing", async () => {
      if (schema === undefined) throw new Error(`${route.operationId} has no body in the document`);
      const { body, otherBodies = [] } = await exampleOf(route, own);
      const references = [body, ...otherBodies].flatMap((given, index) =>
        referencesIn(schema, given)
          .filter(({ pointer }) => valueAt(given, pointer) !== undefined)
          .map((reference) => ({ ...reference, index })),
      );
      const wrong: string[] = [];
      for (const { pointer, kind, index } of references) {
        const id = other.ids[kind];
        if (id === undefined) throw new Error(`test/support/factories/everything.ts lacks a ${kind}`);
        const example = await exampleOf(route, own);
        const given = [example.body, ...(example.otherBodies ?? [])][index];
        await temporal.settled();
        const before = await rows();
        const answer = await call(route, { ...example, body: withValue(given, pointer, id) });
        if (answer.status !== 404 && !refuses(answer, pointer)) {
          wrong.push(`${pointer}: ${answer.status} ${answer.text.slice(0, 300)}`);
        }
        expect(await rows()).toEqual(before);
      }
      expect(wrong).toEqual([]);
    });
  },
);

it('shows nothing of the other company in any answer', async () => {
  const { rows: strange } = await database.pool.query<{ id: string }>(
    `SELECT unnest(array[company_id, id]) AS id FROM (
       SELECT company_id, id FROM contact UNION ALL SELECT company_id, id FROM ticket
       UNION ALL SELECT company_id, id FROM user_account UNION ALL SELECT company_id, id FROM team
       UNION ALL SELECT company_id, id FROM sale_order UNION ALL SELECT company_id, id FROM invoice
       UNION ALL SELECT company_id, id FROM event) AS record WHERE company_id = $1`,
    [other.companyId],
  );
  expect(strange.length).toBeGreaterThan(10);
  const leaks: string[] = [];
  await severalAtOnce(readable, async (route) => {
    const { text } = await call(route, await exampleOf(route, own));
    leaks.push(
      ...strange.filter(({ id }) => text.includes(id)).map(({ id }) => `${route.operationId}: ${id}`),
    );
  });
  expect(leaks).toEqual([]);
});

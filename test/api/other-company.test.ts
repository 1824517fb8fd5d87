import type { Route } from '../../api/route';
import type { Role } from '../../domain/shared/actor';
import { type Answer, testApi } from '../support/api-client';
import { withValue } from '../support/bad-bodies';
import { callerRole, rolesOf, severalAtOnce } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, type Example, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, employee, everything } from '../support/factories';
import { bodyReferencesOf, pathReferencesOf } from '../support/ids-in-bodies';
import { rowsOf } from '../support/rows';
import { testTemporal } from '../support/temporal';

interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
  readonly results?: readonly { readonly status: string; readonly errors: { readonly pointer: string }[] }[];
}

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let own: Everything;
let other: Everything;
/** An employee of the own company that none of the callers is. */
let colleagueId: string;

beforeAll(async () => {
  own = await everything(await company(database));
  other = await everything(await company(database));
  colleagueId = await employee(own);
});

const withPath = routesWithExample.filter((route) => route.path.includes('{'));
const withReferences = routesWithExample.filter((route) => route.body !== undefined);
const readable = routesWithExample.filter((route) => route.method === 'get');

/** A refused decision is remembered under its key, so that asking again gets the same answer. */
const rows = () => rowsOf(database, { except: ['idempotency_key'] });

async function call(
  route: Route,
  example: Example,
  role: Role = callerRole(route),
): Promise<Answer<Refusal>> {
  return api
    .client(own.users[role].token)
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
    const names = pathReferencesOf(route).map(({ name }) => name);
    expect(names.map((name) => typeof theirs.params?.[name])).toEqual(names.map(() => 'string'));
    const strange = names.map((name) => ({ ...mine.params, [name]: theirs.params?.[name] ?? '' }));
    const tried = rolesOf(route).flatMap((role) =>
      [theirs.params ?? {}, ...strange].map((params) => ({ role, params })),
    );
    await temporal.settled();
    const before = await rows();
    await severalAtOnce(tried, async ({ role, params }) => {
      const { status, body } = await call(route, { ...mine, params }, role);
      expect({ role, params, status, code: body.code }).toEqual({
        role,
        params,
        status: 404,
        code: 'not_found',
      });
    });
    expect(await rows()).toEqual(before);
  });
});

describe.each(withReferences.map((route) => [route.operationId, route] as const))(
  'body of %s',
  (_name, route) => {
    it("refuses the other company's ids and changes nothing", async () => {
      // All of them are refused, so that one example stands for all.
      const example = await exampleOf(route, own);
      const references = bodyReferencesOf(route, example);
      const tried = rolesOf(route).flatMap((role) => references.map((reference) => ({ ...reference, role })));
      const wrong: string[] = [];
      // An agent logs no time of others: a colleague is answered by the same 403, so it tells nothing.
      const forbids = async (
        role: Role,
        ofColleague: unknown,
        { status, body: refusal }: Answer<Refusal>,
      ) => {
        if (status !== 403) return false;
        const answer = await call(route, { ...example, body: ofColleague }, role);
        return answer.status === 403 && answer.body.detail === refusal.detail;
      };
      await temporal.settled();
      const before = await rows();
      await severalAtOnce(tried, async ({ role, pointer, kind, index }) => {
        const id = other.ids[kind];
        if (id === undefined) throw new Error(`test/support/factories/everything.ts lacks a ${kind}`);
        const given = [example.body, ...(example.otherBodies ?? [])][index];
        const answer = await call(route, { ...example, body: withValue(given, pointer, id) }, role);
        if (answer.status === 404 || refuses(answer, pointer)) return;
        const ofColleague = withValue(given, pointer, colleagueId);
        if (kind !== 'employee' || !(await forbids(role, ofColleague, answer))) {
          wrong.push(`${role} ${pointer}: ${answer.status} ${answer.text.slice(0, 300)}`);
        }
      });
      expect(wrong).toEqual([]);
      expect(await rows()).toEqual(before);
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

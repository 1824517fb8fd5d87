import type { Route } from '../../api/route';
import { type Answer, type RequestOptions, testApi } from '../support/api-client';
import {
  bodySchema,
  boundlessMembers,
  isFreeText,
  marker,
  membersOf,
  namesMember,
  type Refusal,
  valueAt,
  withValue,
} from '../support/bad-bodies';
import { callerRole } from '../support/callers';
import { document, operations } from '../support/contract';
import { testDatabase } from '../support/database';
import { addressOf, type Example, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, everything, user } from '../support/factories';
import { rowsOf } from '../support/rows';
import { testTemporal } from '../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let world: Everything;

beforeAll(async () => {
  // Facts stay where they are written, so that "nothing was written" can be read off the tables.
  await temporal.stopRelay();
  world = await everything(await company(database));
});

/** The log holds ids, addresses of routes and figures; never what somebody wrote. */
const loggedMembers = [
  'level',
  'time',
  'pid',
  'hostname',
  'requestId',
  'method',
  'route',
  'status',
  'milliseconds',
  'companyId',
  'userId',
  'finished',
  'commandId',
  'ticketId',
  'workflowId',
];

afterAll(() => {
  expect(api.log.lines().length).toBeGreaterThan(100);
  expect(api.log.text()).not.toContain(marker);
  expect([...new Set(api.log.lines().flatMap(Object.keys))].sort()).toEqual(loggedMembers.sort());
  expect(api.log.lines().filter((line) => Number(line['status']) >= 500)).toEqual([]);
});

const withBody = routesWithExample.filter((route) => route.body !== undefined);
const withPath = routesWithExample.filter((route) => route.path.includes('{'));

function schemaOf(route: Route) {
  const operation = operations.find(({ operationId }) => operationId === route.operationId);
  const schema = operation === undefined ? undefined : bodySchema(operation);
  if (schema === undefined) throw new Error(`${route.operationId} has no body in the document`);
  return schema;
}

async function call(
  route: Route,
  example: Example,
  body: unknown,
  options: RequestOptions = {},
): Promise<Answer<Refusal>> {
  const token = world.users[callerRole(route)].token;
  return api.client(token).send<Refusal>(route.method, addressOf(route, example), body, {
    ...options,
    headers: { ...example.headers, ...options.headers },
  });
}

// Bodies with one bad member each, by its pointer, are sent by test/attack/fuzz.test.ts.
describe.each(withBody.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it('bounds every text and list', async () => {
    const example = await exampleOf(route, world);
    expect(boundlessMembers(schemaOf(route), example.body)).toEqual([]);
  });

  it('has an example with every member, so that each is tried', async () => {
    const example = await exampleOf(route, world);
    const bodies = [example.body, ...(example.otherBodies ?? [])];
    const missing = bodies
      .flatMap((body) => membersOf(schemaOf(route), body))
      .map(({ pointer }) => pointer)
      .filter((pointer) => bodies.every((body) => valueAt(body, pointer) === undefined));
    expect(missing).toEqual([]);
  });

  it('refuses bodies that are no JSON object of its kind, and writes nothing', async () => {
    const example = await exampleOf(route, world);
    const before = await rowsOf(database);
    const json = { 'Content-Type': 'application/json' };
    const outcomes: Record<string, number> = {};
    const send = async (what: string, rawBody: string | Uint8Array<ArrayBuffer>, headers = json) => {
      outcomes[what] = (await call(route, example, undefined, { rawBody, headers })).status;
    };
    await send('half an object', `{"name": "${marker}"`);
    await send('no JSON', marker);
    await send('bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]));
    await send('a megabyte', JSON.stringify({ name: 'x'.repeat(1_048_576) }));
    await send('a list', '[]');
    await send('a text', `"${marker}"`);
    await send('a number', '1');
    await send('null', 'null');
    await send('a prototype', `{"__proto__": {"${marker}": 1}, "constructor": {}}`);
    await send('deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    await send('a form', 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' });
    await send('XML', '<name>x</name>', { 'Content-Type': 'text/xml' });
    expect(outcomes).toEqual({
      'half an object': 400,
      'no JSON': 400,
      'bytes that are no UTF-8': expect.any(Number),
      'a megabyte': 413,
      'a list': 422,
      'a text': 422,
      'a number': 422,
      null: 422,
      'a prototype': 422,
      'deep nesting': 422,
      'a form': 415,
      XML: 415,
    });
    expect([400, 422]).toContain(outcomes['bytes that are no UTF-8']);
    expect(await rowsOf(database)).toEqual(before);
  });

  it('keeps SQL and script in free texts as they are, or refuses them', async () => {
    const { body, otherBodies = [] } = await exampleOf(route, world);
    const texts = [body, ...otherBodies].flatMap((given, index) =>
      membersOf(schemaOf(route), given)
        .filter((member) => isFreeText(member) && valueAt(given, member.pointer) !== undefined)
        .map(({ pointer }) => ({ pointer, index })),
    );
    const snippets = [
      `Robert'); DROP TABLE ticket; --`,
      '<script>alert(1)</script><img src=x onerror=alert(1)>',
      '$1 %s {{7*7}} ${7*7} \\\' \\" `id`',
    ];
    const wrong: string[] = [];
    for (const { pointer, index } of texts) {
      for (const snippet of snippets) {
        const example = await exampleOf(route, world);
        const given = [example.body, ...(example.otherBodies ?? [])][index];
        const answer = await call(route, example, withValue(given, pointer, snippet));
        const refused = answer.status === 422 && namesMember(answer.body, pointer);
        const decided = [200, 201, 202, 204, 503].includes(answer.status);
        const shown = valueAt(answer.body, pointer);
        if (refused || (decided && (shown === undefined || shown === snippet))) continue;
        wrong.push(`${pointer}: ${snippet}: ${answer.status} ${answer.text.slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe.each(withPath.map((route) => [route.operationId, route] as const))('path of %s', (_name, route) => {
  it('refuses what is no id, and writes nothing', async () => {
    const example = await exampleOf(route, world);
    const before = await rowsOf(database);
    const wrong: string[] = [];
    for (const [name, value] of Object.entries(example.params ?? {})) {
      const garbage = [
        marker,
        `${marker}'; DROP TABLE ticket; --`,
        '../../etc/passwd',
        `${value}x`,
        value.toUpperCase(),
        '\u0000',
        '%',
        '-1',
        'x'.repeat(3000),
        `${value.slice(0, 4)}${'0'.repeat(26)}`,
      ];
      for (const bad of garbage) {
        const params = { ...example.params, [name]: bad };
        const answer = await call(route, { ...example, params }, example.body);
        const named = answer.status === 422 && namesMember(answer.body, `/path/${name}`);
        if (!named && answer.status !== 404) wrong.push(`${name}=${bad.slice(0, 60)}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await rowsOf(database)).toEqual(before);
  });
});

describe('headers', () => {
  const guarded = routesWithExample.filter((route) => route.guarded === true);

  it.each(guarded.map((route) => [route.operationId, route] as const))(
    '%s refuses an If-Match that is none, and one of another version',
    async (_name, route) => {
      const example = await exampleOf(route, world);
      const before = await rowsOf(database);
      for (const tag of ['v1', '"v0"', '"1"', 'W/"v1"', '"v1", "v2"', '"v99999999999999"', marker]) {
        const answer = await call(route, example, example.body, { headers: { 'If-Match': tag } });
        expect({ tag, status: answer.status }).toEqual({ tag, status: 422 });
        expect(namesMember(answer.body, '/header/If-Match')).toBe(true);
      }
      const stale = await call(route, example, example.body, { headers: { 'If-Match': '"v4711"' } });
      expect(stale).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
      expect(await rowsOf(database, { except: ['idempotency_key'] })).toEqual(
        Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'idempotency_key')),
      );
    },
  );

  const posts = routesWithExample.filter((route) => route.method === 'post' && route.access !== 'public');

  it.each(posts.map((route) => [route.operationId, route] as const))(
    '%s refuses an Idempotency-Key that is none',
    async (_name, route) => {
      const example = await exampleOf(route, world);
      for (const key of ['', 'two words', 'x'.repeat(256), 'ümlaut']) {
        const answer = await call(route, example, example.body, { headers: { 'Idempotency-Key': key } });
        expect({ key, status: answer.status }).toEqual({ key, status: 422 });
        expect(namesMember(answer.body, '/header/Idempotency-Key')).toBe(true);
      }
    },
  );
});

describe.each(routesWithExample.map((route) => [route.operationId, route] as const))(
  'query of %s',
  (_name, route) => {
    it('refuses unknown and garbage parameters by name', async () => {
      const caller = await user(world, callerRole(route));
      const example = await exampleOf(route, world);
      const address = addressOf(route, { ...example, query: {} });
      const bad: [string, string][] = [
        ['unexpected', `unexpected=${marker}`],
        ['a[b]', 'a[b]=1'],
      ];
      if (route.list !== undefined) {
        bad.push(
          ['limit', 'limit=0'],
          ['limit', 'limit=201'],
          ['limit', 'limit=-1'],
          ['limit', `limit=${marker}`],
          ['limit', 'limit=1&limit=2'],
          ['limit', 'limit='],
          ['sort', `sort=${marker}`],
          ['sort', 'sort=id;DROP TABLE ticket'],
          ['cursor', `cursor=${marker}`],
          ['cursor', `cursor=${Buffer.from('["a","b","c"]').toString('base64url')}`],
          ['cursor', `cursor=${'x'.repeat(1001)}`],
        );
        for (const [name, filter] of Object.entries(route.list.filters)) {
          bad.push([name, `${name}=`], [name, `${name}=%00${marker}`], [name, `${name}=1&${name}=2`]);
          if (filter.kind !== 'text') bad.push([name, `${name}=${marker}`], [name, `${name}=1,,2`]);
        }
      }
      for (const parameter of queryParameters(route)) bad.push([parameter, `${parameter}=%00${marker}`]);
      const wrong: string[] = [];
      for (const [name, query] of bad) {
        const answer = await api
          .client(caller.token)
          .send<Refusal>(route.method, `${address}?${query}`, example.body, {
            headers: { ...example.headers },
          });
        const pointer = `/query/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        if (answer.status !== 422 || !namesMember(answer.body, pointer)) {
          wrong.push(`${query.slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 200)}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  },
);

/** Parameters of routes that are no lists. */
function queryParameters(route: Route): string[] {
  if (route.list !== undefined) return [];
  const operation = document.paths[route.path]?.[route.method] as
    | { parameters?: { name: string; in: string }[] }
    | undefined;
  return (operation?.parameters ?? [])
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => parameter.name);
}

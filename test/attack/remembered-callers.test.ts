import { randomUUID } from 'node:crypto';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import { type Answer, testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, type Example, exampleOf } from '../support/examples';
import { apiKey, company, type Everything, everything, type TestUser, user } from '../support/factories';
import { rowsOf } from '../support/rows';

const database = testDatabase();
const api = testApi(database);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

type Send = (
  example: Example,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer<{ code: string }>>;

function sender(route: Route, token: string): Send {
  return (example, headers = {}) =>
    api.client(token).send(route.method, addressOf(route, example), example.body, {
      headers: { ...example.headers, ...headers },
    });
}

const of = (id: string) => ({ where: { companyId_id: { companyId: world.companyId, id } } });
type Ending = (owner: TestUser, keyId: string) => Promise<unknown>;
const endings: readonly [string, 'session' | 'key', Ending][] = [
  [
    'a session that is revoked',
    'session',
    ({ id }) =>
      database.prisma.session.updateMany({ where: { userId: id }, data: { revokedAt: new Date() } }),
  ],
  [
    'a session that expires',
    'session',
    ({ id }) =>
      database.prisma.session.updateMany({ where: { userId: id }, data: { expiresAt: new Date() } }),
  ],
  [
    'a session of an account that is ended',
    'session',
    ({ id }) => database.prisma.user.update({ ...of(id), data: { active: false } }),
  ],
  [
    'a key that is revoked',
    'key',
    (_owner, keyId) => database.prisma.apiKey.update({ ...of(keyId), data: { revokedAt: new Date() } }),
  ],
  [
    'a key of an account that is ended',
    'key',
    ({ id }) => database.prisma.user.update({ ...of(id), data: { active: false } }),
  ],
];

const remembering = routes.filter((route) => route.confirmsCaller === true);

it('there are routes whose statement confirms the caller', () => {
  expect(remembering.map(({ operationId }) => operationId)).toEqual(['createTicket', 'logTime']);
});

describe.each(remembering.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it('costs one round trip, the caller included', async () => {
    const send = sender(route, (await user(world, callerRole(route))).token);
    const example = await exampleOf(route, world);
    expect((await send(example)).status).toBe(route.answers.status);
    const asked = jest.spyOn(database.pool, 'query');
    const connected = jest.spyOn(database.pool, 'connect');
    try {
      expect((await send(example)).status).toBe(route.answers.status);
      // The pool's own query takes its connection by `connect`.
      expect([asked.mock.calls.length, connected.mock.calls.length]).toEqual([1, 1]);
    } finally {
      asked.mockRestore();
      connected.mockRestore();
    }
  });

  it.each(endings)(
    'of %s is refused from the next request on, whatever it asks for',
    async (_what, kind, end) => {
      const owner = await user(world, callerRole(route));
      const key = await apiKey(world, { userId: owner.id });
      const send = sender(route, kind === 'session' ? owner.token : key.secret);
      const example = await exampleOf(route, world);
      const again = { 'Idempotency-Key': randomUUID() };
      expect((await send(example, again)).status).toBe(route.answers.status);
      await end(owner, key.id);
      const before = await rowsOf(database, { companyId: world.companyId });
      for (const answer of [
        await send(example),
        await send(example, again),
        await send({ ...example, body: { unknown: true } }),
        await send({ ...example, body: { ...(example.body as object), ticketId: 'tkt_1', teamId: 'tea_1' } }),
      ]) {
        expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
      }
      expect(await rowsOf(database, { companyId: world.companyId })).toEqual(before);
    },
  );

  it('of a role that is taken away is refused from the next request on, and of one that is given done', async () => {
    const owner = await user(world, callerRole(route));
    const send = sender(route, owner.token);
    const example = await exampleOf(route, world);
    const become = (role: string) => database.prisma.user.update({ ...of(owner.id), data: { role } });
    expect((await send(example)).status).toBe(route.answers.status);
    await become('finance');
    const before = await rowsOf(database, { companyId: world.companyId });
    expect((await send({ ...example, body: { unknown: true } })).status).toBe(403);
    expect((await send(example)).status).toBe(403);
    expect(await rowsOf(database, { companyId: world.companyId })).toEqual(before);
    await become(callerRole(route));
    expect((await send(example)).status).toBe(route.answers.status);
  });
});

it('a role that sees less is heeded by the next ticket already', async () => {
  const createTicket = remembering.find(({ operationId }) => operationId === 'createTicket');
  if (createTicket === undefined) throw new Error('there is no such route');
  const owner = await user(world, 'admin');
  const send = sender(createTicket, owner.token);
  const example = await exampleOf(createTicket, world);
  expect((await send(example)).status).toBe(201);
  await database.prisma.team.update({ ...of(world.team.id), data: { visibility: 'private' } });
  try {
    expect((await send(example)).status).toBe(201);
    await database.prisma.user.update({ ...of(owner.id), data: { role: 'agent' } });
    expect((await send(example)).status).toBe(422);
  } finally {
    await database.prisma.team.update({ ...of(world.team.id), data: { visibility: 'internal' } });
  }
});

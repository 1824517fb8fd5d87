import { routes } from '../../api/routes';
import { testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { operations, requestProblems } from '../support/contract';
import { testDatabase } from '../support/database';
import { addressOf, exampleOf, withoutEffect } from '../support/examples';
import { company, type Everything, everything, user } from '../support/factories';
import { testTemporal } from '../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

const mutating = routes.filter(
  (route) => route.method !== 'get' && withoutEffect[route.operationId] === undefined,
);

describe.each(mutating.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it('succeeds as in its example and leaves an event of who did it', async () => {
    const example = await exampleOf(route, world);
    const operation = operations.find(({ operationId }) => operationId === route.operationId);
    if (operation !== undefined && route.body !== undefined) {
      expect(requestProblems(operation, example.body)).toEqual([]);
    }
    const caller = await user(world, callerRole(route));
    const answer = await api
      .client(caller.token)
      .send(route.method, addressOf(route, example), example.body, { headers: { ...example.headers } });
    expect({ status: answer.status, text: answer.status < 300 ? '' : answer.text }).toEqual({
      status: route.answers.status,
      text: '',
    });
    const event = await database.prisma.event.findFirst({
      where: { companyId: world.companyId, requestId: answer.headers.get('x-request-id') },
      orderBy: { position: 'asc' },
    });
    expect(event?.actor).toMatchObject(
      route.access === 'public' ? { type: expect.any(String) } : { type: 'user', userId: caller.id },
    );
    expect(event?.kind).toMatch(/^[a-z_]+\.[a-z_]+$/);
  });
});

it('are all the operations that can change something', () => {
  expect(mutating.length).toBeGreaterThan(3);
  const names = routes.map((route) => route.operationId);
  expect(Object.keys(withoutEffect).filter((name) => !names.includes(name))).toEqual([]);
});

import type { Route } from '../../api/route';
import { newId } from '../../services/ids';
import { type Answer, testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, type Example, exampleOf, routesWithExample, withoutEffect } from '../support/examples';
import { company, type Everything, everything, user } from '../support/factories';
import { rowsOf } from '../support/rows';
import { testTemporal } from '../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

/** A log-out ends the credential that would repeat it. */
const posts = routesWithExample.filter(
  (route) =>
    route.method === 'post' &&
    route.access !== 'public' &&
    route.operationId !== 'logOut' &&
    withoutEffect[route.operationId] === undefined,
);

function call(
  route: Route,
  example: Example,
  token: string,
  key: string,
): Promise<Answer<{ code?: string }>> {
  return api.client(token).send(route.method, addressOf(route, example), example.body, {
    headers: { ...example.headers, 'Idempotency-Key': key },
  });
}

/** A secret is shown once: the repeated answer leaves it out. */
function comparable(answer: Answer<unknown>): unknown {
  const { secret: _secret, ...body } = Object(answer.body) as Record<string, unknown>;
  return { status: answer.status, body };
}

describe.each(posts.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it('with the same key does it once, twice in sequence and ten times at once', async () => {
    const example = await exampleOf(route, world);
    const { token } = await user(world, callerRole(route));
    const key = newId('request');
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(route, example, token, key)));
    const [first] = answers;
    if (first === undefined) throw new Error('nothing was answered');
    expect([200, 201, 202, 204]).toContain(first.status);
    for (const answer of answers) expect(comparable(answer)).toEqual(comparable(first));
    const done = answers.filter((answer) => answer.headers.get('idempotency-replayed') === null);
    // Requests that wait for the same decision are all told what it answered.
    if (route.decision !== true) expect(done.length).toBe(1);
    await temporal.settled();
    // Asked for a decision again, the ticket's workflow is told to look at its record.
    const except = route.decision === true ? ['job'] : [];
    const before = await rowsOf(database, { except });
    const again = await call(route, example, token, key);
    expect(comparable(again)).toEqual(comparable(first));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await rowsOf(database, { except })).toEqual(before);
  });

  it('with the same key and another request is refused, and does nothing', async () => {
    const example = await exampleOf(route, world);
    const { token } = await user(world, callerRole(route));
    const key = newId('request');
    await api
      .client(token)
      .post(
        '/v1/contacts',
        { kind: 'person', name: 'Somebody else' },
        { headers: { 'Idempotency-Key': key } },
      );
    await temporal.settled();
    const before = await rowsOf(database);
    const answer = await call(route, example, token, key);
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await rowsOf(database)).toEqual(before);
  });
});

it('keys of two users are not the same key', async () => {
  const [first, second] = [await user(world), await user(world)];
  const key = newId('request');
  const body = { kind: 'person', name: 'Twice' };
  const send = (token: string) =>
    api.client(token).post<{ id: string }>('/v1/contacts', body, { headers: { 'Idempotency-Key': key } });
  const answers = [await send(first.token), await send(second.token)];
  expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
  expect(answers[0]?.body.id).not.toBe(answers[1]?.body.id);
});

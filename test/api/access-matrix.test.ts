import type { Router } from 'express';
import type { Route } from '../../api/route';
import { routersOf } from '../../api/router';
import { routes } from '../../api/routes';
import type { Services } from '../../api/services';
import { roles, scopes } from '../../domain/shared/actor';
import { type Answer, testApi } from '../support/api-client';
import { callerRole, rolesOf } from '../support/callers';
import { operations, templateOf } from '../support/contract';
import { testDatabase } from '../support/database';
import { addressOf, exampleOf, routesWithExample, strayExamples } from '../support/examples';
import { apiKey, company, type Everything, everything, user } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

const protectedRoutes = routesWithExample.filter((route) => route.access !== 'public');

interface Refusal {
  readonly code?: string;
  readonly detail?: string;
}

/** A rule of the verb may still forbid it (an agent and the time of others); the access rule must not. */
function refusedByAccess({ status, body }: Answer<Refusal>): boolean {
  return status === 401 || (status === 403 && /^The role|the scope/.test(body.detail ?? ''));
}

/** The route's example as this credential sends it. The body is left out: who may call is decided before it is read. */
async function callWithoutBody(route: Route, token: string | undefined): Promise<Answer<Refusal>> {
  const example = await exampleOf(route, world);
  return api.client(token).send(route.method, addressOf(route, example), undefined, {
    headers: example.headers ?? {},
  });
}

describe('the routes', () => {
  it('all say who may call them', () => {
    const silent = routes.filter(
      ({ access }) =>
        access !== 'public' &&
        (access.roles.length === 0 ||
          access.roles.some((role) => !roles.includes(role)) ||
          !scopes.includes(access.scope)),
    );
    expect(routes.length).toBeGreaterThan(3);
    expect(silent.map((route) => route.operationId)).toEqual([]);
  });

  it('have one operationId each and no address twice', () => {
    const names = routes.map((route) => route.operationId);
    const addresses = routes.map((route) => `${route.method} ${route.path.replaceAll(/\{\w+\}/g, '{}')}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('are not hidden behind an earlier one', () => {
    const hidden = routes.filter((route, index) =>
      routes.slice(0, index).some((earlier) => {
        const pattern = new RegExp(`^${earlier.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
        return earlier.method === route.method && earlier.path !== route.path && pattern.test(route.path);
      }),
    );
    expect(hidden.map((route) => route.operationId)).toEqual([]);
  });

  it('are exactly the operations of the OpenAPI document', () => {
    const routers = [...routersOf(routes, {} as Services).values()];
    const served = routers.flatMap(routerStack).map(({ path, method }) => `${method} ${path}`);
    const documented = operations.map(
      ({ path, method }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(served.length).toBe(routes.length);
    expect(served.sort()).toEqual(documented.sort());
  });

  it('each have an example, and there is no example without a route', () => {
    const missing: string[] = [];
    return Promise.all(
      routes.map((route) => exampleOf(route, world).catch((error: Error) => missing.push(error.message))),
    ).then(() => {
      expect(missing).toEqual([]);
      expect(strayExamples()).toEqual([]);
    });
  });
});

describe.each(protectedRoutes.map((route) => [route.operationId, route] as const))('%s', (_name, route) => {
  it('answers 401 to no credential, garbage and a token without Bearer', async () => {
    const example = await exampleOf(route, world);
    const address = addressOf(route, example);
    const credentials = [
      undefined,
      'Bearer garbage',
      `Bearer kds_${'x'.repeat(43)}`,
      `Bearer kdk_${'x'.repeat(43)}`,
      `Basic ${world.users.admin.token}`,
      world.users.admin.token,
      `Bearer ${'x'.repeat(2000)}`,
    ];
    for (const authorization of credentials) {
      const answer = await api.client().send(route.method, address, example.body, {
        headers: authorization === undefined ? {} : { Authorization: authorization },
      });
      expect({ authorization, status: answer.status }).toEqual({ authorization, status: 401 });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it.each(roles)('answers 403 to %s exactly when the role is not listed', async (role) => {
    const caller = await user(world, role);
    const answer = await callWithoutBody(route, caller.token);
    if (rolesOf(route).includes(role)) expect(refusedByAccess(answer)).toBe(false);
    else expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('answers 403 to an API key without its scope, and not to one with only that', async () => {
    if (route.access === 'public') throw new Error('public routes are not in this table');
    const { scope } = route.access;
    const owner = await user(world, callerRole(route));
    const without = await apiKey(world, {
      userId: owner.id,
      scopes: scopes.filter((name) => name !== scope),
    });
    const only = await apiKey(world, { userId: owner.id, scopes: [scope] });
    expect(await callWithoutBody(route, without.secret)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(refusedByAccess(await callWithoutBody(route, only.secret))).toBe(false);
  });
});

describe('an undocumented method', () => {
  const methods = ['get', 'post', 'put', 'patch', 'delete'];
  const paths = [...new Set(routesWithExample.map((route) => route.path))];

  it.each(paths)('of %s answers 405 and names the others', async (path) => {
    const example = await exampleOf(routeAt(path), world);
    const address = addressOf(routeAt(path), { ...example, query: {} });
    const documented = routes
      .filter((route) => route.path === path)
      .map((route) => route.method.toUpperCase());
    for (const method of methods.filter((name) => !documented.includes(name.toUpperCase()))) {
      if (answersElsewhere(method, path, address)) continue;
      const answer = await api.client(world.users.admin.token).send(method, address, undefined, {
        undocumented: true,
      });
      expect({ method, status: answer.status }).toEqual({ method, status: 405 });
      expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(documented.sort());
    }
  });

  it('does not exist where nothing is', async () => {
    for (const address of [
      '/v1',
      '/v1/',
      '/v1/nothing',
      '/',
      '/v1/contacts/',
      '/V1/contacts',
      '/v1//contacts',
      '/v1/%E0%A4%A',
    ]) {
      const answer = await api.client(world.users.admin.token).get(address, { undocumented: true });
      expect({ address, status: answer.status }).toEqual({ address, status: 404 });
    }
  });
});

/** `DELETE /v1/tickets/merge` is `DELETE /v1/tickets/{ticketId}` with a strange id. */
function answersElsewhere(method: string, path: string, address: string): boolean {
  if (templateOf(address) !== path) return true;
  return routes.some((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return route.path !== path && route.method === method && pattern.test(address);
  });
}

function routeAt(path: string): Route {
  const route = routesWithExample.find((candidate) => candidate.path === path);
  if (route === undefined) throw new Error(`no route has the path ${path}`);
  return route;
}

/** What the router really serves, its catch-alls for other methods left out. */
function routerStack(router: Router): { path: string; method: string }[] {
  return router.stack.flatMap((layer) => {
    const served = layer.route as { path: string; methods: Record<string, boolean> } | undefined;
    if (served === undefined || served.methods['_all'] === true) return [];
    return Object.keys(served.methods).map((method) => ({ path: served.path, method }));
  });
}

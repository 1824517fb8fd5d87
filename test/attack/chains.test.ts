import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import { type Answer, type ApiClient, testApi } from '../support/api-client';
import { callerRole } from '../support/callers';
import { testDatabase } from '../support/database';
import { addressOf, exampleOf } from '../support/examples';
import { company, type Everything, everything } from '../support/factories';

/**
 * Random lives of records: made, read, changed, deleted, asked for again, in any order. Which operations belong to
 * one record is read off the addresses. Each answer is held against the document by the client, and against a
 * model here.
 */
const seed = Number(process.env['KEEPDESK_FUZZ_SEED'] ?? randomInt(1_000_000_000));
const database = testDatabase();
const api = testApi(database);
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
  process.stdout.write(`chains: seed ${seed}\n`);
});

interface Family {
  readonly create: Route;
  readonly read: Route | undefined;
  readonly change: Route | undefined;
  readonly remove: Route | undefined;
}

interface Body {
  readonly id: string;
  readonly version?: number;
  readonly deletedAt?: string | null;
}

/** `POST /things` with `GET|PATCH|DELETE /things/{id}`. */
const families: readonly Family[] = routes
  .filter((route) => route.method === 'post' && route.answers.status === 201)
  .map((create) => {
    const item = new RegExp(`^${create.path.replaceAll(/[{}]/g, '\\$&')}/\\{\\w+\\}$`);
    const of = (method: string) => routes.find((route) => route.method === method && item.test(route.path));
    return { create, read: of('get'), change: of('patch'), remove: of('delete') };
  })
  // A follower or member is named by whom it is of, not by an id of its own.
  .filter(
    ({ create, read, change, remove }) =>
      (read ?? change ?? remove) && create.operationId !== 'addTeamMember',
  );

const actions = [
  'read',
  'read by tag',
  'change',
  'change what was seen',
  'change the stale',
  'create again',
  'remove',
  'remove the stale',
] as const;
type Action = (typeof actions)[number];

it('there are families of all kinds', () => {
  const names = families.map(({ create }) => create.operationId);
  expect(names).toEqual(
    expect.arrayContaining([
      'createContact',
      'createTeam',
      'createTicket',
      'createSaleOrder',
      'logTime',
      'createUser',
      'createApiKey',
      'createStage',
    ]),
  );
});

/** What is known of the record by its answers. */
interface Model {
  version: number | undefined;
  removed: boolean;
}

class Life {
  private constructor(
    private readonly family: Family,
    private readonly client: ApiClient,
    private readonly params: Readonly<Record<string, string>>,
    private readonly made: { readonly body: unknown; readonly key: string; readonly answer: Answer<Body> },
    private readonly model: Model,
  ) {}

  static async begin(family: Family): Promise<Life> {
    const client = api.client(world.users[callerRole(family.create)].token);
    const example = await exampleOf(family.create, world);
    const key = randomUUID();
    const answer = await client.post<Body>(addressOf(family.create, example), example.body, {
      headers: { 'Idempotency-Key': key },
    });
    expect(answer.status).toBe(201);
    const made = { body: example.body, key, answer };
    return new Life(family, client, example.params ?? {}, made, {
      version: answer.body.version,
      removed: false,
    });
  }

  /** The example with this record in place of its own. */
  private async request(route: Route): Promise<{ address: string; body: unknown }> {
    const example = await exampleOf(route, world);
    const name = /\{(\w+)\}$/.exec(route.path)?.[1] ?? '';
    const params = { ...example.params, ...this.params, [name]: this.made.answer.body.id };
    return { address: addressOf(route, { ...example, params, query: {} }), body: example.body };
  }

  async act(action: Action): Promise<void> {
    const { read, change, remove, create } = this.family;
    switch (action) {
      case 'read':
        if (read !== undefined) await this.read(read);
        return;
      case 'read by tag':
        if (read !== undefined) await this.readByTag(read);
        return;
      case 'change':
        if (change !== undefined) await this.change(change, undefined);
        return;
      case 'change what was seen':
        if (change?.guarded === true) await this.change(change, `"v${this.model.version}"`);
        return;
      case 'change the stale':
        if (change?.guarded === true) await this.change(change, '"v4711"');
        return;
      case 'create again':
        return this.again(create);
      case 'remove':
        if (remove !== undefined) await this.remove(remove, undefined);
        return;
      case 'remove the stale':
        if (remove?.guarded === true) await this.remove(remove, '"v4711"');
        return;
    }
  }

  private async read(route: Route): Promise<Answer<Body>> {
    const { address } = await this.request(route);
    const answer = await this.client.get<Body>(address);
    // A deleted time entry stays readable and says so (spec.md §9).
    const gone = answer.status === 404 || typeof answer.body.deletedAt === 'string';
    expect({ address, gone, known: gone || answer.status === 200 }).toEqual({
      address,
      gone: this.model.removed,
      known: true,
    });
    if (answer.status === 200 && !this.model.removed) {
      expect(answer.body.id).toBe(this.made.answer.body.id);
      expect(answer.body.version).toBe(this.model.version);
    }
    return answer;
  }

  private async readByTag(route: Route): Promise<void> {
    const seen = await this.read(route);
    const tag = seen.headers.get('etag');
    if (seen.status !== 200 || tag === null) return;
    const { address } = await this.request(route);
    for (const [given, expected] of [
      [tag, 304],
      [`W/${tag}`, 304],
      [`"v0", ${tag}`, 304],
      ['*', 304],
      ['"v4711"', 200],
    ] as const) {
      const answer = await this.client.get(address, { headers: { 'If-None-Match': given } });
      expect({ address, given, status: answer.status }).toEqual({
        address,
        given,
        status: route.live === true ? 200 : expected,
      });
      expect(answer.headers.get('etag')).toBe(tag);
    }
  }

  private async change(route: Route, tag: string | undefined): Promise<void> {
    const { address, body } = await this.request(route);
    const answer = await this.client.patch<Body>(address, body, {
      headers: tag === undefined ? {} : { 'If-Match': tag },
    });
    if (this.model.removed) {
      expect({ address, status: answer.status, after: 'removal' }).toEqual({
        address,
        status: expect.any(Number),
        after: 'removal',
      });
      expect([404, 409, 412]).toContain(answer.status);
      return;
    }
    if (tag === '"v4711"')
      return expect({ address, status: answer.status }).toEqual({ address, status: 412 });
    expect({ address, text: answer.status === 200 ? '' : answer.text }).toEqual({ address, text: '' });
    expect(answer.body.version).toBeGreaterThanOrEqual(this.model.version ?? 0);
    this.model.version = answer.body.version;
  }

  private async remove(route: Route, tag: string | undefined): Promise<void> {
    const { address } = await this.request(route);
    const answer = await this.client.delete(address, {
      headers: tag === undefined ? {} : { 'If-Match': tag },
    });
    if (this.model.removed) {
      expect([404, 409, 412]).toContain(answer.status);
      return;
    }
    expect({ address, status: answer.status }).toEqual({ address, status: tag === undefined ? 204 : 412 });
    this.model.removed = tag === undefined;
  }

  /** The first answer again, whatever became of the record since; another body is refused. */
  private async again(route: Route): Promise<void> {
    const address = addressOf(route, { params: this.params });
    const headers = { 'Idempotency-Key': this.made.key };
    const repeated = await this.client.post<Body>(address, this.made.body, { headers });
    expect({
      status: repeated.status,
      id: repeated.body.id,
      replayed: repeated.headers.get('idempotency-replayed'),
    }).toEqual({ status: 201, id: this.made.answer.body.id, replayed: 'true' });
    const other = { ...Object(this.made.body), ...(await otherBody(route, this.made.body)) };
    if (JSON.stringify(other) === JSON.stringify(this.made.body)) return;
    const refused = await this.client.post<{ code: string }>(address, other, { headers });
    expect({ status: refused.status, code: refused.body.code }).toEqual({
      status: 422,
      code: 'idempotency_key_reused',
    });
  }
}

/** Another text or name in place of the first one that is free. */
async function otherBody(route: Route, body: unknown): Promise<Record<string, unknown>> {
  const name = Object.entries(Object(body) as Record<string, unknown>).find(
    ([key, value]) => typeof value === 'string' && ['name', 'subject', 'description', 'body'].includes(key),
  )?.[0];
  if (name === undefined) return {};
  const other = { ...Object(body), [name]: 'Something else' } as Record<string, unknown>;
  return (await route.body?.safeParseAsync(other))?.success === true ? { [name]: 'Something else' } : {};
}

describe.each(families.map((family) => [family.create.operationId, family] as const))(
  'a record of %s',
  (_name, family) => {
    it('lives as its answers say, in whatever order it is used', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...actions), { minLength: 3, maxLength: 8 }),
          async (steps) => {
            const life = await Life.begin(family);
            for (const step of steps) await life.act(step);
            // However it went before: it ends, and stays ended.
            for (const step of ['read', 'remove', 'read', 'change', 'remove', 'create again'] as const)
              await life.act(step);
          },
        ),
        { numRuns: 4, seed },
      );
    });
  },
);

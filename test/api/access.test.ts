import crypto from 'node:crypto';
import { createRateLimits } from '../../api/middleware/rate-limits';
import { readEnvironment } from '../../config/env';
import { type Scope, scopes } from '../../domain/shared/actor';
import { hashSecret } from '../../services/access/authenticate';
import { logIn } from '../../services/access/log-in';
import { hashPassword } from '../../services/access/password';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { apiKey, company, uniqueEmail, user, type World } from '../support/factories';

const loginsPerQuarterHour = 3;
const database = testDatabase();
const api = testApi(database, {
  environment: { LOGINS_PER_QUARTER_HOUR: String(loginsPerQuarterHour), TRUSTED_PROXIES: '1' },
});
const password = 'a right password';
let world: World;
let other: World;

beforeAll(async () => {
  world = await company(database);
  other = await company(database);
});

interface Session {
  readonly token: string;
  readonly expiresAt: string;
}

/** An address of its own a test, so that their counts are apart. */
let lastAddress = 0;
function nextAddress(): Record<string, string> {
  lastAddress += 1;
  return { 'X-Forwarded-For': `10.1.2.${lastAddress}` };
}

async function account(options: { active?: boolean } = {}): Promise<{ id: string; email: string }> {
  const { id } = await user(world, 'agent');
  const email = uniqueEmail();
  await database.prisma.user.update({
    where: { companyId_id: { companyId: world.companyId, id } },
    data: { email, passwordHash: await hashPassword(password), active: options.active ?? true },
  });
  return { id, email };
}

function login(email: string, tried: string, headers = nextAddress()) {
  return api
    .client()
    .post<Session & { code?: string }>('/v1/auth/login', { email, password: tried }, { headers });
}

describe('a login', () => {
  it('opens a session whose token works, is stored as a hash only and leaves an event', async () => {
    const { id, email } = await account();
    const answer = await login(email.toUpperCase(), password);
    expect(answer.status).toBe(200);
    expect(answer.body.token).toMatch(/^kds_[A-Za-z0-9_-]{43}$/);
    const me = await api.client(answer.body.token).get<{ id: string; credential: unknown }>('/v1/me');
    expect(me.body).toMatchObject({
      id,
      companyId: world.companyId,
      role: 'agent',
      scopes: [...scopes],
      credential: { kind: 'session', expiresAt: answer.body.expiresAt },
    });
    const stored = await database.prisma.session.findFirstOrThrow({
      where: { userId: id, revokedAt: null },
      orderBy: { id: 'desc' },
    });
    expect(Buffer.from(stored.tokenHash).equals(hashSecret(answer.body.token))).toBe(true);
    const events = await database.prisma.event.findMany({ where: { subjectId: stored.id } });
    expect(events.map((event) => event.kind)).toEqual(['session.opened']);
    const written = JSON.stringify(
      [events, await database.prisma.session.findMany()],
      (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    expect(written).not.toContain(answer.body.token);
    expect(api.log.text()).not.toContain(answer.body.token);
  });

  it('is refused in the same words for a wrong password, an unknown address and an ended account', async () => {
    const { email } = await account();
    const ended = await account({ active: false });
    const details = [];
    for (const [address, tried] of [
      [email, 'wrong'],
      [uniqueEmail(), password],
      [ended.email, password],
    ] as const) {
      const answer = await login(address, tried);
      expect(answer.status).toBe(401);
      const { instance: _instance, ...problem } = answer.body as unknown as Record<string, unknown>;
      details.push(problem);
    }
    expect(new Set(details.map((problem) => JSON.stringify(problem))).size).toBe(1);
  });

  it('computes a hash of the same cost for unknown addresses as for known ones', async () => {
    const { email } = await account();
    const spied = jest.spyOn(crypto, typeof crypto.argon2 === 'function' ? 'argon2' : 'scrypt');
    try {
      await login(uniqueEmail(), 'warms the dummy');
      spied.mockClear();
      await login(email, 'wrong');
      await login(uniqueEmail(), 'wrong');
      const costs = spied.mock.calls.map((call) =>
        JSON.stringify(call, (key, value: unknown) => (['nonce', 'message'].includes(key) ? 0 : value)),
      );
      expect(costs).toHaveLength(2);
      expect(costs[0]).toBe(costs[1]);
    } finally {
      spied.mockRestore();
    }
  });

  it('leaves no session of a password that was changed while it was judged', async () => {
    const { id, email } = await account();
    const newHash = await hashPassword('another password');
    const limits = createRateLimits(readEnvironment({ DATABASE_URL: database.url }), database);
    const client = await database.pool.connect();
    let attempt: Promise<unknown>;
    try {
      await client.query('BEGIN');
      await client.query('UPDATE user_account SET password_hash = $1 WHERE id = $2', [newHash, id]);
      const request = { email, password, address: '10.9.9.9', requestId: 'req_test', sessionHours: 1 };
      attempt = logIn(database, limits, request).then(
        () => 'opened',
        (error: { code?: string }) => error.code,
      );
      await somebodyWaitsForALock();
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect(await attempt).toBe('unauthenticated');
  });
});

/** Resolves when the login has come to its transaction and waits for the row. */
async function somebodyWaitsForALock(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query<{ waiting: boolean }>(
      `SELECT count(*) > 0 AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]?.waiting === true) return;
  }
}

describe('login limits', () => {
  it('refuse an account after its failed logins, also in a process that has just started', async () => {
    const { email } = await account();
    for (let attempt = 0; attempt < loginsPerQuarterHour; attempt++) {
      expect((await login(email, 'wrong')).status).toBe(401);
    }
    const refused = await login(email, password);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    const environment = readEnvironment({
      DATABASE_URL: database.url,
      LOGINS_PER_QUARTER_HOUR: String(loginsPerQuarterHour),
    });
    const ofAnotherProcess = createRateLimits(environment, database);
    await expect(ofAnotherProcess.countLogin(email, '10.200.0.1')).rejects.toMatchObject({
      code: 'rate_limited',
    });
  });

  it('count guesses that come at once', async () => {
    const { email } = await account();
    const answers = await Promise.all(
      Array.from({ length: loginsPerQuarterHour * 3 }, (_unused, index) => login(email, `guess ${index}`)),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(loginsPerQuarterHour);
    expect(statuses.filter((status) => status === 429)).toHaveLength(loginsPerQuarterHour * 2);
  });

  it('forget the failures of an account that gets in', async () => {
    const { email } = await account();
    for (let round = 0; round < 3; round++) {
      for (let attempt = 1; attempt < loginsPerQuarterHour; attempt++) {
        expect((await login(email, 'wrong')).status).toBe(401);
      }
      expect((await login(email, password)).status).toBe(200);
    }
  });

  it('stop an address that tries many accounts, and count none of its successes', async () => {
    const headers = nextAddress();
    const { email } = await account();
    for (let attempt = 0; attempt < loginsPerQuarterHour; attempt++) {
      expect((await login(email, password, headers)).status).toBe(200);
    }
    for (let attempt = 0; attempt < loginsPerQuarterHour * 10; attempt++) {
      expect((await login(uniqueEmail(), 'wrong', headers)).status).toBe(401);
    }
    expect((await login(email, password, headers)).status).toBe(429);
    expect((await login(email, password)).status).toBe(200);
  });
});

describe('a logout', () => {
  it('ends its session at once and no other', async () => {
    const { email } = await account();
    const first = (await login(email, password)).body.token;
    const second = (await login(email, password)).body.token;
    expect((await api.client(first).post('/v1/auth/logout')).status).toBe(204);
    expect((await api.client(first).get('/v1/me')).status).toBe(401);
    expect((await api.client(first).post('/v1/auth/logout')).status).toBe(401);
    expect((await api.client(second).get('/v1/me')).status).toBe(200);
    const closed = await database.prisma.event.count({
      where: { companyId: world.companyId, kind: 'session.closed' },
    });
    expect(closed).toBe(1);
  });

  it('is refused to an API key, which goes on working', async () => {
    const key = await apiKey(world);
    expect(await api.client(key.secret).post('/v1/auth/logout')).toMatchObject({
      status: 403,
      body: { code: 'forbidden', detail: expect.stringContaining('delete the key') },
    });
    expect((await api.client(key.secret).get('/v1/me')).status).toBe(200);
  });
});

it('an expired session is refused', async () => {
  const { email } = await account();
  const { token } = (await login(email, password)).body;
  await database.prisma.session.updateMany({
    where: { tokenHash: hashSecret(token) },
    data: { expiresAt: new Date(Date.now() - 1) },
  });
  expect((await api.client(token).get('/v1/me')).status).toBe(401);
});

describe('API keys', () => {
  interface Key {
    readonly id: string;
    readonly secret: string | null;
    readonly hint: string;
    readonly scopes: Scope[];
  }
  interface Page {
    readonly data: { readonly id: string; readonly userId: string }[];
  }

  it('show their secret once; only its hash is stored, also with the Idempotency-Key', async () => {
    const client = api.client((await user(world, 'agent')).token);
    const body = { name: 'Sync', scopes: ['tickets:read', 'profile:read'] };
    const headers = { 'Idempotency-Key': 'key-for-the-sync' };
    const made = await client.post<Key>('/v1/api-keys', body, { headers });
    expect(made.status).toBe(201);
    const secret = made.body.secret as string;
    expect(secret).toMatch(/^kdk_[A-Za-z0-9_-]{43}$/);
    expect(secret.startsWith(made.body.hint)).toBe(true);
    const repeated = await client.post<Key>('/v1/api-keys', body, { headers });
    expect(repeated).toMatchObject({ status: 201, body: { id: made.body.id, secret: null } });
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    const stored = await database.prisma.apiKey.findFirstOrThrow({ where: { id: made.body.id } });
    expect(Buffer.from(stored.secretHash).equals(hashSecret(secret))).toBe(true);
    const { rows } = await database.pool.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM idempotency_key k WHERE k::text LIKE $1)
        OR EXISTS (SELECT 1 FROM event e WHERE e::text LIKE $1) AS found`,
      [`%${secret}%`],
    );
    expect(rows[0]?.found).toBe(false);
    expect((await api.client(secret).get('/v1/me')).body).toMatchObject({
      scopes: body.scopes,
      credential: { kind: 'api_key', id: made.body.id, expiresAt: null },
    });
  });

  it('carry at most the scopes of their maker', async () => {
    const key = await apiKey(world, { scopes: ['keys:write', 'tickets:read'] });
    const client = api.client(key.secret);
    const refused = await client.post('/v1/api-keys', {
      name: 'More',
      scopes: ['tickets:read', 'tickets:write'],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/scopes/1', code: 'not_allowed' }] },
    });
    expect((await client.post('/v1/api-keys', { name: 'Same', scopes: ['tickets:read'] })).status).toBe(201);
  });

  it('are ended at once, by their owner or an admin of the company and by nobody else', async () => {
    const owner = await user(world, 'agent');
    const key = await apiKey(world, { userId: owner.id });
    for (const stranger of [world.users.manager.token, other.users.admin.token]) {
      expect((await api.client(stranger).delete(`/v1/api-keys/${key.id}`)).status).toBe(404);
    }
    expect((await api.client(key.secret).get('/v1/me')).status).toBe(200);
    expect((await api.client(owner.token).delete(`/v1/api-keys/${key.id}`)).status).toBe(204);
    expect((await api.client(key.secret).get('/v1/me')).status).toBe(401);
    expect((await api.client(owner.token).delete(`/v1/api-keys/${key.id}`)).status).toBe(404);
    const second = await apiKey(world, { userId: owner.id });
    const answers = await Promise.all(
      [1, 2].map(() => api.client(world.users.admin.token).delete(`/v1/api-keys/${second.id}`)),
    );
    expect(answers.map((answer) => answer.status).sort((left, right) => left - right)).toEqual([204, 404]);
    const events = await database.prisma.event.findMany({ where: { subjectId: second.id } });
    expect(events.map((event) => event.kind)).toEqual(['api_key.revoked']);
  });

  it('are listed to their owner, and all of the company to an admin', async () => {
    const owner = await user(other, 'finance');
    const own = await apiKey(other, { userId: owner.id });
    const admins = await apiKey(other);
    const ids = async (token: string) =>
      (await api.client(token).get<Page>('/v1/api-keys')).body.data.map((key) => key.id).sort();
    expect(await ids(owner.token)).toEqual([own.id]);
    expect(await ids(other.users.admin.token)).toEqual([own.id, admins.id].sort());
  });
});

it('the limits tell what is left to the credential', async () => {
  const client = api.client((await user(world, 'agent')).token);
  await client.get('/v1/me');
  const { body } = await client.get('/v1/limits');
  expect(body).toEqual({
    data: [
      {
        name: 'requests',
        limit: 1_000_000,
        windowSeconds: 60,
        remaining: 999_998,
        resetSeconds: expect.any(Number),
      },
    ],
    nextCursor: null,
  });
});

it('no form of a password is stored with an Idempotency-Key but a print keyed by that key', async () => {
  const body = { email: uniqueEmail(), name: 'Print', role: 'agent', password: 'guessable' };
  await api
    .client(world.users.admin.token)
    .post('/v1/users', body, { headers: { 'Idempotency-Key': crypto.randomUUID() } });
  const row = await database.prisma.idempotencyKey.findFirstOrThrow({
    where: { companyId: world.companyId },
    orderBy: { createdAt: 'desc' },
  });
  const plain = crypto
    .createHash('sha256')
    .update(
      `POST /v1/users\n${JSON.stringify({ email: body.email, name: body.name, password: body.password, role: body.role })}`,
    )
    .digest('base64url');
  expect(row.fingerprint).not.toBe(plain);
  expect(JSON.stringify(row.result)).not.toContain(body.password);
});

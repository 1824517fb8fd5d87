import crypto from 'node:crypto';
import { createRateLimits } from '../../api/middleware/rate-limits';
import { toProblem } from '../../api/problems';
import { readEnvironment } from '../../config/env';
import { openDatabase } from '../../prisma/client';
import type * as passwords from '../../services/access/password';
import { hashPassword } from '../../services/access/password';
import { type Answer, clientOf, testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { apiKey, company, type TestUser, uniqueEmail, user, type World } from '../support/factories';
import { killPrograms, startApi } from '../support/processes';
import { openConnection, requestText } from '../support/raw-http';
import { rowsOf } from '../support/rows';

const loginsPerQuarterHour = 2;
const database = testDatabase();
const api = testApi(database, {
  environment: { LOGINS_PER_QUARTER_HOUR: String(loginsPerQuarterHour), TRUSTED_PROXIES: '1' },
});
const password = 'a right password';
let world: World;
let passwordHash: string;

beforeAll(async () => {
  world = await company(database);
  passwordHash = await hashPassword(password);
});
afterEach(killPrograms);

let lastAddress = 0;
function nextAddress(): string {
  lastAddress += 1;
  return `10.3.${Math.floor(lastAddress / 250)}.${1 + (lastAddress % 250)}`;
}

function login(email: string, tried: string, address = nextAddress()): Promise<Answer<{ token: string }>> {
  return api
    .client()
    .post('/v1/auth/login', { email, password: tried }, { headers: { 'X-Forwarded-For': address } });
}

async function account(active = true): Promise<TestUser> {
  const made = await user(world, 'agent');
  const email = uniqueEmail();
  await database.prisma.user.update({
    where: { companyId_id: { companyId: world.companyId, id: made.id } },
    data: { email, passwordHash, active },
  });
  return { ...made, email };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe('how long a refused login takes', () => {
  it('does not tell whether the account exists or has ended', async () => {
    const kinds = { known: [] as number[], unknown: [] as number[], ended: [] as number[] };
    for (let round = 0; round < 9; round++) {
      // Each kind in turn, so that a busy moment of the machine meets all of them.
      const accounts = {
        known: await account(),
        unknown: { email: uniqueEmail() },
        ended: await account(false),
      };
      for (const kind of ['known', 'unknown', 'ended'] as const) {
        const startedAt = performance.now();
        const answer = await login(accounts[kind].email, kind === 'ended' ? password : 'a wrong password');
        kinds[kind].push(performance.now() - startedAt);
        expect(answer.status).toBe(401);
      }
    }
    const times = [median(kinds.known), median(kinds.unknown), median(kinds.ended)];
    // Without the hash an unknown account answers in a tenth of the time.
    expect(Math.max(...times) / Math.min(...times)).toBeLessThan(1.7);
  });

  it('does not tell it to the first caller of a process either', async () => {
    const method = typeof crypto.argon2 === 'function' ? 'argon2' : 'scrypt';
    const spied = jest.spyOn(crypto, method);
    try {
      await jest.isolateModulesAsync(async () => {
        const fresh = jest.requireActual<typeof passwords>('../../services/access/password');
        expect(await fresh.verifyPassword('a wrong password', undefined)).toBe(false);
      });
      expect(spied).toHaveBeenCalledTimes(1);
    } finally {
      spied.mockRestore();
    }
  });
});

describe('the counts of failed logins', () => {
  it('by account and by address hold on over a restart of the API', async () => {
    const environment = {
      DATABASE_URL: database.url,
      LOGINS_PER_QUARTER_HOUR: String(loginsPerQuarterHour),
      TRUSTED_PROXIES: '1',
    };
    const { email } = await account();
    const tired = nextAddress();
    for (let attempt = 0; attempt < loginsPerQuarterHour; attempt++) {
      expect((await login(email, 'wrong')).status).toBe(401);
    }
    const limits = createRateLimits(readEnvironment(environment), database);
    for (let attempt = 0; attempt < loginsPerQuarterHour * 10; attempt++)
      await limits.countLogin(uniqueEmail(), tired);
    const tryAt = async (url: string, who: string, address: string): Promise<number> => {
      const headers = { 'X-Forwarded-For': address };
      const body = { email: who, password: 'wrong' };
      return (await clientOf(() => url).post('/v1/auth/login', body, { headers })).status;
    };
    const after = await startApi(environment);
    expect(await tryAt(after.url, email, nextAddress())).toBe(429);
    expect(await tryAt(after.url, uniqueEmail(), tired)).toBe(429);
    expect(await tryAt(after.url, uniqueEmail(), nextAddress())).toBe(401);
  });

  it('take the addresses of one IPv6 network for one, and ways to write an address for the same', async () => {
    const limits = createRateLimits(
      readEnvironment({ DATABASE_URL: database.url, LOGINS_PER_QUARTER_HOUR: '1' }),
      database,
    );
    for (let attempt = 0; attempt < 10; attempt++)
      await limits.countLogin(uniqueEmail(), `2001:db8:7:9::${attempt + 1}`);
    await expect(limits.countLogin(uniqueEmail(), '2001:0db8:0007:0009:ffff:1:2:3')).rejects.toMatchObject({
      code: 'rate_limited',
    });
    await limits.countLogin(uniqueEmail(), '2001:db8:7:a::1');
    for (let attempt = 0; attempt < 10; attempt++) await limits.countLogin(uniqueEmail(), `::ffff:10.77.0.1`);
    for (const written of ['10.77.0.1', '10.77.0.1:4711', '::ffff:a4d:1', '[::ffff:10.77.0.1]:80']) {
      await expect(limits.countLogin(uniqueEmail(), written)).rejects.toMatchObject({ code: 'rate_limited' });
    }
    await limits.countLogin(uniqueEmail(), '10.77.0.2');
  });

  it('are not escaped by what a client writes into X-Forwarded-For', async () => {
    const real = nextAddress();
    for (let attempt = 0; attempt < loginsPerQuarterHour * 10; attempt++) {
      expect((await login(uniqueEmail(), 'wrong', `10.200.${attempt}.1, ${real}`)).status).toBe(401);
    }
    expect((await login(uniqueEmail(), 'wrong', `10.201.0.1, ${real}`)).status).toBe(429);
    for (const garbage of [
      'x'.repeat(7_000),
      'unknown',
      "'; DROP TABLE session; --",
      '%00',
      '::::',
      '1.2.3.4.5',
    ]) {
      expect((await login(uniqueEmail(), 'wrong', garbage)).status).toBe(401);
    }
  });

  it('hold what was typed in no readable form', async () => {
    const email = 'typed.by.a.stranger@customer.test';
    await login(email, 'wrong');
    const { rows } = await database.pool.query<{ text: string }>(
      'SELECT l::text AS text FROM login_attempt l',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ text }) => text.includes('stranger'))).toEqual([]);
  });

  it('a flood that comes at once is told to wait, and nobody is let in', async () => {
    const answers = await Promise.all(Array.from({ length: 80 }, () => login(uniqueEmail(), 'wrong')));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([401, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('3');
    expect((await login((await account()).email, password)).status).toBe(200);
  });
});

describe('a credential that ends', () => {
  const me = (token: string): Buffer =>
    requestText('GET /v1/me HTTP/1.1', [`Authorization: Bearer ${token}`]);

  type Ending = (token: string, owner: TestUser, keyId: string) => Promise<unknown>;
  const admin = () => api.client(world.users.admin.token);
  const endings: readonly [string, 'session' | 'key', Ending][] = [
    ['a session that is logged out', 'session', (token) => api.client(token).post('/v1/auth/logout')],
    [
      'a session that expires',
      'session',
      (_token, owner) =>
        database.prisma.session.updateMany({ where: { userId: owner.id }, data: { expiresAt: new Date() } }),
    ],
    [
      'a session of an account that is ended',
      'session',
      (_token, owner) => admin().patch(`/v1/users/${owner.id}`, { active: false }),
    ],
    [
      'a session of a password that is changed',
      'session',
      (_token, owner) => admin().patch(`/v1/users/${owner.id}`, { password: 'another password' }),
    ],
    ['a key that is deleted', 'key', (_token, _owner, keyId) => admin().delete(`/v1/api-keys/${keyId}`)],
    [
      'a key of an account that is ended',
      'key',
      (_token, owner) => admin().patch(`/v1/users/${owner.id}`, { active: false }),
    ],
  ];

  it.each(endings)(
    '%s is refused from the next request of the same connection on',
    async (_what, kind, end) => {
      const owner = await account();
      const key = await apiKey(world, { userId: owner.id });
      const token = kind === 'session' ? owner.token : key.secret;
      const connection = await openConnection(api.url);
      connection.send(me(token));
      expect((await connection.replies(1)).map(({ status }) => status)).toEqual([200]);
      await end(token, owner, key.id);
      connection.send(me(token));
      expect((await connection.replies(2)).map(({ status }) => status)).toEqual([200, 401]);
      connection.close();
    },
  );

  it('a session of an ended account stays ended when the account comes back', async () => {
    const owner = await account();
    await admin().patch(`/v1/users/${owner.id}`, { active: false });
    await admin().patch(`/v1/users/${owner.id}`, { active: true });
    expect((await api.client(owner.token).get('/v1/me')).status).toBe(401);
  });

  it('a role that is taken away counts from the next request on', async () => {
    const owner = await user(world, 'admin');
    const connection = await openConnection(api.url);
    const change = (): Buffer =>
      requestText(
        'PATCH /v1/companies/current HTTP/1.1',
        [`Authorization: Bearer ${owner.token}`, 'Content-Type: application/json'],
        '{"name":"Mine"}',
      );
    connection.send(change());
    expect((await connection.replies(1))[0]?.status).toBe(200);
    await admin().patch(`/v1/users/${owner.id}`, { role: 'agent' });
    connection.send(change());
    expect((await connection.replies(2))[1]?.status).toBe(403);
    connection.close();
  });
});

describe('the login form', () => {
  it('takes no credential from anywhere but its body, and none from an address', async () => {
    const before = await rowsOf(database, { except: ['event', 'session'] });
    const { token } = world.users.admin;
    for (const address of [
      `/v1/me?access_token=${token}`,
      `/v1/me?token=${token}`,
      `/v1/me?authorization=Bearer%20${token}`,
    ]) {
      expect((await api.client().get(address)).status).toBe(401);
    }
    for (const headers of [
      { Cookie: `token=${token}` },
      { 'X-Api-Key': token },
      { 'Proxy-Authorization': `Bearer ${token}` },
    ]) {
      expect((await api.client().get('/v1/me', { headers })).status).toBe(401);
    }
    expect(api.log.text()).not.toContain(token);
    expect(await rowsOf(database, { except: ['event', 'session'] })).toEqual(before);
  });

  it('says that the database is away, not that there were too many logins, and not where it is', async () => {
    const broken = openDatabase({
      url: 'postgresql://secret-user:secret-password@127.0.0.1:1/none',
      poolSize: 2,
      applicationName: 'test',
    });
    const limits = createRateLimits(readEnvironment({ DATABASE_URL: database.url }), broken);
    const refused: unknown = await limits
      .countLogin(uniqueEmail(), '10.9.9.9')
      .catch((error: unknown) => error);
    await broken.close();
    const problem = toProblem(refused, 'req_test');
    expect(problem).toMatchObject({ status: 503, code: 'database_unavailable', retryAfterSeconds: 2 });
    expect(JSON.stringify(problem)).not.toMatch(/secret|127\.0\.0\.1/);
  });
});

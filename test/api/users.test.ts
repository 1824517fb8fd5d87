import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { apiKey, company, uniqueEmail, user, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;
let other: World;

beforeEach(async () => {
  world = await company(database);
  other = await company(database);
});

interface User {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly active: boolean;
  readonly version: number;
}

const admin = () => api.client(world.users.admin.token);
const draft = () => ({ email: uniqueEmail(), name: 'Grace', role: 'agent', password: 'quite a long one' });
const login = (email: string, password: string) =>
  api.client().post<{ token: string }>('/v1/auth/login', { email, password });

it('a new user logs in with the initial password, which is kept as a slow hash only', async () => {
  const body = draft();
  const made = await admin().post<User>('/v1/users', { ...body, email: body.email.toUpperCase() });
  expect(made).toMatchObject({
    status: 201,
    body: { email: body.email, role: 'agent', active: true, version: 1 },
  });
  expect(made.text).not.toContain('assword');
  expect((await login(body.email, body.password)).status).toBe(200);
  const stored = await database.prisma.user.findFirstOrThrow({ where: { id: made.body.id } });
  expect(stored.passwordHash).toMatch(/^\$(argon2id|scrypt)\$/);
  const events = await database.prisma.event.findMany({ where: { subjectId: made.body.id } });
  expect(events.map((event) => event.kind)).toEqual(['user.created']);
  expect(JSON.stringify(events.map((event) => event.after))).not.toMatch(/argon2|scrypt|quite a long/);
});

it('an address is one user in the whole system, however it is written and whoever asks at once', async () => {
  const body = draft();
  const answers = await Promise.all([
    admin().post('/v1/users', body),
    admin().post('/v1/users', { ...body, email: body.email.toUpperCase() }),
    api.client(other.users.admin.token).post('/v1/users', body),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409]);
  const again = await api.client(other.users.admin.token).post('/v1/users', body);
  expect(again).toMatchObject({
    status: 409,
    body: { code: 'already_exists', errors: [{ pointer: '/email', code: 'taken' }] },
  });
});

it('a repeated request with its Idempotency-Key makes one user', async () => {
  const body = draft();
  const headers = { 'Idempotency-Key': body.email };
  const answers = await Promise.all([1, 2].map(() => admin().post<User>('/v1/users', body, { headers })));
  expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
  expect(answers[0]?.body).toEqual(answers[1]?.body);
  const reused = await admin().post('/v1/users', { ...body, password: 'another long one' }, { headers });
  expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
});

it('the end of an account ends its sessions and keys at once; sessions stay ended when it is active again', async () => {
  const { id, token } = await user(world, 'agent');
  const key = await apiKey(world, { userId: id });
  expect((await admin().patch(`/v1/users/${id}`, { active: false })).status).toBe(200);
  expect((await api.client(token).get('/v1/me')).status).toBe(401);
  expect((await api.client(key.secret).get('/v1/me')).status).toBe(401);
  expect((await admin().patch(`/v1/users/${id}`, { active: true })).status).toBe(200);
  expect((await api.client(token).get('/v1/me')).status).toBe(401);
  expect((await api.client(key.secret).get('/v1/me')).status).toBe(200);
});

it('a new password ends the sessions of the old one', async () => {
  const body = draft();
  const { id } = (await admin().post<User>('/v1/users', body)).body;
  const { token } = (await login(body.email, body.password)).body;
  expect((await admin().patch(`/v1/users/${id}`, { password: 'a newer long one' })).status).toBe(200);
  expect((await api.client(token).get('/v1/me')).status).toBe(401);
  expect((await login(body.email, body.password)).status).toBe(401);
  expect((await login(body.email, 'a newer long one')).status).toBe(200);
  const events = await database.prisma.event.findMany({
    where: { companyId: world.companyId },
    orderBy: { position: 'asc' },
  });
  expect(events.map((event) => event.kind)).toEqual([
    'user.created',
    'session.opened',
    'user.password_changed',
    'session.closed',
    'user.updated',
    'session.opened',
  ]);
});

it.each([{ active: false }, { role: 'agent' }])(
  'the last active admin stays one: %j is refused',
  async (changes) => {
    const answer = await admin().patch(`/v1/users/${world.users.admin.id}`, changes);
    expect(answer).toMatchObject({ status: 409, body: { code: 'last_admin' } });
    expect((await admin().get(`/v1/users/${world.users.admin.id}`)).body).toMatchObject({
      role: 'admin',
      active: true,
      version: 1,
    });
  },
);

it('of two admins who demote each other at once one stays', async () => {
  const second = await user(world, 'admin');
  const answers = await Promise.all([
    admin().patch(`/v1/users/${second.id}`, { role: 'agent' }),
    api.client(second.token).patch(`/v1/users/${world.users.admin.id}`, { active: false }),
  ]);
  const statuses = answers.map((answer) => answer.status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(
    await database.prisma.user.count({ where: { companyId: world.companyId, role: 'admin', active: true } }),
  ).toBe(1);
});

it('users of another company are neither read nor changed', async () => {
  const foreign = other.users.agent.id;
  expect((await admin().get(`/v1/users/${foreign}`)).status).toBe(404);
  expect((await admin().patch(`/v1/users/${foreign}`, { name: 'Taken over' })).status).toBe(404);
  expect(await database.prisma.user.findFirst({ where: { id: foreign } })).toMatchObject({
    name: 'Test agent',
    version: 1,
  });
});

it('users are listed by name, and filtered by role and whether they are active', async () => {
  await admin().patch(`/v1/users/${world.users.finance.id}`, { active: false });
  const list = async (query: string) =>
    (await admin().get<{ data: User[] }>(`/v1/users?${query}`)).body.data.map((found) => found.role);
  expect(await list('sort=name')).toEqual(['admin', 'agent', 'finance', 'manager']);
  expect(await list('sort=-name&role=admin,manager')).toEqual(['manager', 'admin']);
  expect(await list('active=false')).toEqual(['finance']);
  expect(await list(`email=${encodeURIComponent(world.users.agent.email.toUpperCase())}`)).toEqual(['agent']);
});

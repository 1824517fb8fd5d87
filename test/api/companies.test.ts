import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;
let other: World;

beforeEach(async () => {
  world = await company(database);
  other = await company(database);
});

interface Company {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

it('everybody reads the own company, and only an admin changes it', async () => {
  const read = await api.client(world.users.agent.token).get<Company>('/v1/companies/current');
  expect(read.body).toMatchObject({
    id: world.companyId,
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    version: 1,
  });
  expect(read.headers.get('etag')).toBe('"v1"');
  const changes = { name: 'Southwind', timezone: 'Asia/Kolkata', currency: 'INR' };
  expect((await api.client(world.users.manager.token).patch('/v1/companies/current', changes)).status).toBe(
    403,
  );
  const changed = await api.client(world.users.admin.token).patch<Company>('/v1/companies/current', changes);
  expect(changed.body).toMatchObject({ id: world.companyId, ...changes, version: 2 });
  const untouched = await api.client(other.users.admin.token).get<Company>('/v1/companies/current');
  expect(untouched.body).toMatchObject({ id: other.companyId, name: 'Northwind Support', version: 1 });
  const events = await database.prisma.event.findMany({ where: { companyId: world.companyId } });
  expect(events).toMatchObject([
    { kind: 'company.updated', before: { name: 'Northwind Support' }, after: { name: 'Southwind' } },
  ]);
});

it('of two changes of the same version one is made and the other refused', async () => {
  const client = api.client(world.users.admin.token);
  const answers = await Promise.all(
    ['First', 'Second'].map((name) =>
      client.patch<Company>('/v1/companies/current', { name }, { headers: { 'If-Match': '"v1"' } }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412]);
  const winner = answers.find((answer) => answer.status === 200);
  const now = await client.get<Company>('/v1/companies/current');
  expect(now.body).toEqual(winner?.body);
});

it.each(['Europe/Atlantis', '+01:00', 'local', '', 'IST', 'ECT', 'SystemV/PST8'])(
  'the time zone "%s" is refused',
  async (timezone) => {
    const answer = await api.client(world.users.admin.token).patch('/v1/companies/current', { timezone });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/timezone' }] } });
  },
);

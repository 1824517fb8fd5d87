import { newId } from '../../services/ids';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, user, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;
let other: World;

beforeEach(async () => {
  world = await company(database);
  other = await company(database);
});

interface Employee {
  readonly id: string;
  readonly version: number;
}

const manager = () => api.client(world.users.manager.token);

it('an employee takes the name of the user and the currency of the company where it names none', async () => {
  const body = { userId: world.users.agent.id, calendarId: world.officeCalendarId, hourlyCostMinor: 4550 };
  const made = await manager().post<Employee>('/v1/employees', body);
  expect(made).toMatchObject({
    status: 201,
    body: { ...body, name: 'Test agent', currency: 'EUR', version: 1 },
  });
  const read = await api.client(world.users.finance.token).get<Employee>(`/v1/employees/${made.body.id}`);
  expect(read.body).toEqual(made.body);
});

it('an employee without a user needs a name', async () => {
  const body = { calendarId: world.officeCalendarId, hourlyCostMinor: 0 };
  expect(await manager().post('/v1/employees', body)).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/name', code: 'missing' }] },
  });
  expect(await manager().post('/v1/employees', { ...body, name: 'Temp', currency: 'USD' })).toMatchObject({
    status: 201,
    body: { userId: null, name: 'Temp', currency: 'USD', hourlyCostMinor: 0 },
  });
});

it('what somebody costs is not shown to agents', async () => {
  const agent = api.client(world.users.agent.token);
  expect((await agent.get('/v1/employees')).status).toBe(403);
  const made = await manager().post<Employee>('/v1/employees', {
    name: 'Temp',
    calendarId: world.officeCalendarId,
    hourlyCostMinor: 1,
  });
  expect((await agent.get(`/v1/employees/${made.body.id}`)).status).toBe(403);
});

it.each(['unknown', 'foreign'])('%s users and calendars are refused alike', async (kind) => {
  const body = { name: 'Temp', calendarId: world.officeCalendarId, hourlyCostMinor: 1 };
  const userId = kind === 'foreign' ? other.users.agent.id : newId('user');
  const calendarId = kind === 'foreign' ? other.officeCalendarId : newId('calendar');
  expect(await manager().post('/v1/employees', { ...body, userId })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/userId', code: 'unknown_reference', detail: 'There is no such user.' }] },
  });
  expect(await manager().post('/v1/employees', { ...body, calendarId })).toMatchObject({
    status: 422,
    body: {
      errors: [{ pointer: '/calendarId', code: 'unknown_reference', detail: 'There is no such calendar.' }],
    },
  });
  const made = await manager().post<Employee>('/v1/employees', body);
  const changed = await manager().patch(`/v1/employees/${made.body.id}`, { calendarId });
  expect(changed).toMatchObject({ status: 422, body: { errors: [{ pointer: '/calendarId' }] } });
});

it('a user is one employee at most, also when asked for twice at once', async () => {
  const body = { userId: world.users.agent.id, calendarId: world.officeCalendarId, hourlyCostMinor: 1 };
  const answers = await Promise.all([1, 2].map(() => manager().post<Employee>('/v1/employees', body)));
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
  const made = answers.find((answer) => answer.status === 201);
  expect((await manager().patch(`/v1/employees/${made?.body.id}`, { userId: body.userId })).status).toBe(200);
  const temp = await manager().post<Employee>('/v1/employees', { ...body, userId: null, name: 'Temp' });
  expect(await manager().patch(`/v1/employees/${temp.body.id}`, { userId: body.userId })).toMatchObject({
    status: 409,
    body: { code: 'already_exists', errors: [{ pointer: '/userId', code: 'taken' }] },
  });
});

it('of two changes of the same version one is made and the other refused', async () => {
  const made = await manager().post<Employee>('/v1/employees', {
    userId: (await user(world)).id,
    calendarId: world.officeCalendarId,
    hourlyCostMinor: 1,
  });
  const answers = await Promise.all(
    [2, 3].map((hourlyCostMinor) =>
      manager().patch(
        `/v1/employees/${made.body.id}`,
        { hourlyCostMinor },
        { headers: { 'If-Match': '"v1"' } },
      ),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412]);
  const kinds = await database.prisma.event.findMany({
    where: { subjectId: made.body.id },
    orderBy: { position: 'asc' },
  });
  expect(kinds.map((event) => event.kind)).toEqual(['employee.created', 'employee.updated']);
});

it('employees of another company are neither read nor changed', async () => {
  const made = await manager().post<Employee>('/v1/employees', {
    name: 'Temp',
    calendarId: world.officeCalendarId,
    hourlyCostMinor: 1,
  });
  const stranger = api.client(other.users.admin.token);
  expect((await stranger.get(`/v1/employees/${made.body.id}`)).status).toBe(404);
  expect((await stranger.patch(`/v1/employees/${made.body.id}`, { name: 'Taken' })).status).toBe(404);
  const listed = await stranger.get<{ data: Employee[] }>('/v1/employees');
  expect(listed.body.data).toEqual([]);
});

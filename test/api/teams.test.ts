import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import {
  company,
  contact,
  project,
  slaClock,
  slaPolicy,
  team,
  teamFollower,
  ticket,
  ticketFollower,
  user,
  type World,
} from '../support/factories';

interface Team {
  readonly id: string;
  readonly version: number;
  readonly visibility: string;
  readonly removedPortalFollowers?: number;
}

const database = testDatabase();
const api = testApi(database);
let world: World;

beforeEach(async () => {
  world = await company(database);
});

const manager = () => api.client(world.users.manager.token);
const admin = () => api.client(world.users.admin.token);

async function kindsOf(): Promise<string[]> {
  const events = await database.prisma.event.findMany({
    where: { companyId: world.companyId },
    orderBy: { position: 'asc' },
  });
  return events.map(({ kind }) => kind);
}

async function stored(): Promise<Record<string, number>> {
  const where = { companyId: world.companyId };
  return {
    teams: await database.prisma.team.count({ where }),
    stages: await database.prisma.stage.count({ where }),
    events: await database.prisma.event.count({ where }),
  };
}

describe('POST /v1/teams', () => {
  it('makes the team with its five stages', async () => {
    const { status, body } = await manager().post<Team>('/v1/teams', {
      name: 'Support',
      calendarId: world.officeCalendarId,
    });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        visibility: 'internal',
        slaEnabled: true,
        timesheetsEnabled: false,
        projectId: null,
        version: 1,
      },
    });
    const { body: stages } = await manager().get<{ data: unknown[] }>(`/v1/teams/${body.id}/stages`);
    expect(stages.data).toMatchObject([
      { name: 'New', position: 1, category: 'open', cancels: false },
      { name: 'In Progress', position: 2, category: 'open', cancels: false },
      { name: 'Awaiting Customer', position: 3, category: 'paused', cancels: false },
      { name: 'Solved', position: 4, category: 'closed', cancels: false },
      { name: 'Canceled', position: 5, category: 'closed', cancels: true },
    ]);
  });

  it('writes nothing when time has no project to be logged on', async () => {
    const refused = await manager().post('/v1/teams', {
      name: 'Support',
      calendarId: world.officeCalendarId,
      timesheetsEnabled: true,
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/projectId', code: 'missing' }] },
    });
    expect(await stored()).toEqual({ teams: 0, stages: 0, events: 0 });
  });

  it('makes one team of the same request sent twice at once', async () => {
    const body = { name: 'Support', calendarId: world.officeCalendarId };
    const send = () => manager().post<Team>('/v1/teams', body, { headers: { 'Idempotency-Key': 'once' } });
    const [first, second] = await Promise.all([send(), send()]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(await stored()).toEqual({ teams: 1, stages: 5, events: 1 });
  });

  it('lets the manager who makes a private team see it', async () => {
    const { status, body } = await manager().post<Team>('/v1/teams', {
      name: 'Payroll',
      calendarId: world.officeCalendarId,
      visibility: 'private',
    });
    expect(status).toBe(201);
    expect((await manager().get(`/v1/teams/${body.id}`)).status).toBe(200);
    const another = await user(world, 'manager');
    expect((await api.client(another.token).get(`/v1/teams/${body.id}`)).status).toBe(404);
  });
});

describe('PATCH /v1/teams/{teamId}', () => {
  it('refuses to take the project from a team that logs time', async () => {
    const own = await team(world);
    expect(await manager().patch(`/v1/teams/${own.id}`, { projectId: null })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/projectId', code: 'missing' }] },
    });
    const plain = await team(world, { timesheets: false });
    expect(await manager().patch(`/v1/teams/${plain.id}`, { timesheetsEnabled: true })).toMatchObject({
      status: 422,
    });
    const projectId = await project(world);
    const both = await manager().patch(`/v1/teams/${plain.id}`, { timesheetsEnabled: true, projectId });
    expect(both).toMatchObject({ status: 200, body: { timesheetsEnabled: true, projectId } });
  });

  it('keeps the manager who makes a team private among those who see it', async () => {
    const own = await team(world);
    const changed = await manager().patch<Team>(`/v1/teams/${own.id}`, { visibility: 'private' });
    expect(changed).toMatchObject({ status: 200, body: { visibility: 'private' } });
    expect((await manager().get(`/v1/teams/${own.id}`)).status).toBe(200);
    expect(await kindsOf()).toEqual(['team.follower_added', 'team.updated']);
  });

  it.each(['internal', 'private'])(
    'narrowing from portal to %s removes portal followers and says how many',
    async (visibility) => {
      const own = await team(world, { visibility: 'portal' });
      const other = await team(world, { visibility: 'portal' });
      const [one, two] = [await contact(world), await contact(world)];
      const [mine, theirs] = [await ticket(world, own), await ticket(world, other)];
      await teamFollower(world, own.id, { contactId: one });
      await teamFollower(world, own.id, { userId: world.users.agent.id });
      await ticketFollower(world, mine.id, { contactId: one });
      await ticketFollower(world, mine.id, { contactId: two });
      await ticketFollower(world, mine.id, { userId: world.users.agent.id });
      await ticketFollower(world, theirs.id, { contactId: one });
      const changed = await admin().patch<Team>(`/v1/teams/${own.id}`, { visibility });
      expect(changed).toMatchObject({ status: 200, body: { visibility, removedPortalFollowers: 3 } });
      const left = {
        team: await database.prisma.teamFollower.count({
          where: { teamId: own.id, contactId: { not: null } },
        }),
        ticket: await database.prisma.ticketFollower.count({
          where: { ticketId: mine.id, contactId: { not: null } },
        }),
        colleagues: await database.prisma.ticketFollower.count({ where: { ticketId: mine.id } }),
        elsewhere: await database.prisma.ticketFollower.count({ where: { ticketId: theirs.id } }),
      };
      expect(left).toEqual({ team: 0, ticket: 0, colleagues: 1, elsewhere: 1 });
      const history = await admin().get<{ data: { kind: string }[] }>(`/v1/tickets/${mine.id}/events`);
      expect(history.body.data.map(({ kind }) => kind)).toEqual([
        'ticket.follower_removed',
        'ticket.follower_removed',
      ]);
      const again = await admin().patch<Team>(`/v1/teams/${own.id}`, { visibility });
      expect(again.body.removedPortalFollowers).toBe(0);
    },
  );

  it('removes nobody when it is refused', async () => {
    const own = await team(world, { visibility: 'portal' });
    await teamFollower(world, own.id, { contactId: await contact(world) });
    const stale = await admin().patch(
      `/v1/teams/${own.id}`,
      { visibility: 'private' },
      { headers: { 'If-Match': '"v7"' } },
    );
    expect(stale.status).toBe(412);
    expect(await database.prisma.teamFollower.count({ where: { teamId: own.id } })).toBe(1);
  });

  it('keeps external followers of a team that was not portal before', async () => {
    const own = await team(world, { visibility: 'internal' });
    await teamFollower(world, own.id, { contactId: await contact(world) });
    const changed = await admin().patch<Team>(`/v1/teams/${own.id}`, { visibility: 'private' });
    expect(changed.body.removedPortalFollowers).toBe(0);
    expect(await database.prisma.teamFollower.count({ where: { teamId: own.id } })).toBe(1);
  });

  it('tells the workflow of each open ticket with a live clock when hours or the SLA switch change', async () => {
    const own = await team(world);
    const policyId = await slaPolicy(world, own);
    const live = await ticket(world, own);
    await slaClock(world, live.id, policyId);
    await ticket(world, own);
    const closed = await ticket(world, own, { stageId: own.stages.solved, closedAt: new Date() });
    await slaClock(world, closed.id, policyId);
    const jobs = async () => {
      const rows = await database.prisma.job.findMany({
        where: { companyId: world.companyId },
        orderBy: { position: 'asc' },
      });
      return rows.map(({ ticketId, kind, reference }) => ({ ticketId, kind, reference }));
    };
    await manager().patch(`/v1/teams/${own.id}`, { name: 'Another name', visibility: 'portal' });
    await manager().patch(`/v1/teams/${own.id}`, { calendarId: world.officeCalendarId, slaEnabled: true });
    expect(await jobs()).toEqual([]);
    await manager().patch(`/v1/teams/${own.id}`, { calendarId: world.alwaysCalendarId });
    await manager().patch(`/v1/teams/${own.id}`, { slaEnabled: false });
    expect(await jobs()).toEqual([
      { ticketId: live.id, kind: 'clocks_changed', reference: { cause: 'calendar_changed' } },
      { ticketId: live.id, kind: 'clocks_changed', reference: { cause: 'team_settings_changed' } },
    ]);
  });

  it('tells the open tickets whose clocks were cancelled when the SLA is switched on again', async () => {
    const own = await team(world, { slaEnabled: false });
    const policyId = await slaPolicy(world, own);
    const cancelled = await ticket(world, own);
    const clockId = await slaClock(world, cancelled.id, policyId);
    await database.prisma.slaClock.updateMany({
      where: { companyId: world.companyId, id: clockId },
      data: { status: 'cancelled', deadline: null, atRiskAt: null },
    });
    const causes = async () => {
      const rows = await database.prisma.job.findMany({
        where: { companyId: world.companyId, ticketId: cancelled.id },
        orderBy: { position: 'asc' },
      });
      return rows.map(({ reference }) => (reference as { cause: string }).cause);
    };
    await manager().patch(`/v1/teams/${own.id}`, { calendarId: world.alwaysCalendarId });
    expect(await causes()).toEqual([]);
    await manager().patch(`/v1/teams/${own.id}`, { slaEnabled: true });
    expect(await causes()).toEqual(['team_settings_changed']);
    await manager().patch(`/v1/teams/${own.id}`, { slaEnabled: false });
    expect(await causes()).toEqual(['team_settings_changed']);
    await manager().patch(`/v1/teams/${own.id}`, { slaEnabled: true, calendarId: world.officeCalendarId });
    expect(await causes()).toEqual(['team_settings_changed', 'calendar_changed']);
  });
});

describe('/v1/teams/{teamId}/members', () => {
  it('adds, lists and removes members, each once', async () => {
    const own = await team(world, { memberIds: [] });
    const address = `/v1/teams/${own.id}/members`;
    const userId = world.users.agent.id;
    expect((await manager().post(address, { userId })).status).toBe(201);
    expect(await manager().post(address, { userId })).toMatchObject({
      status: 409,
      body: { code: 'already_exists' },
    });
    expect((await manager().get(address)).body).toMatchObject({ data: [{ userId }], nextCursor: null });
    expect((await manager().delete(`${address}/${userId}`)).status).toBe(204);
    expect((await manager().delete(`${address}/${userId}`)).status).toBe(404);
    expect(await kindsOf()).toEqual(['team.member_added', 'team.member_removed']);
  });

  it('adds a user once when two add them at once', async () => {
    const own = await team(world, { memberIds: [] });
    const add = () => manager().post(`/v1/teams/${own.id}/members`, { userId: world.users.agent.id });
    const answers = await Promise.all([add(), add()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('takes no user who is not active', async () => {
    const own = await team(world, { memberIds: [] });
    const gone = await user(world);
    await database.prisma.user.updateMany({ where: { id: gone.id }, data: { active: false } });
    expect(await manager().post(`/v1/teams/${own.id}/members`, { userId: gone.id })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/userId', code: 'unknown_reference' }] },
    });
  });
});

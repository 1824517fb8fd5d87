import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, slaClock, slaPolicy, type TestTeam, team, ticket, type World } from '../support/factories';

interface Policy {
  readonly id: string;
  readonly currentVersion: number;
  readonly version: number;
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let own: TestTeam;

beforeEach(async () => {
  world = await company(database);
  own = await team(world);
});

const manager = () => api.client(world.users.manager.token);

const draft = (changes: object = {}) => ({
  teamId: own.id,
  name: 'Solved within a day',
  target: { kind: 'reach_stage', stageId: own.stages.solved, minutes: 480 },
  ...changes,
});

async function made(changes: object = {}): Promise<Policy> {
  const { status, body } = await manager().post<Policy>('/v1/sla-policies', draft(changes));
  expect(status).toBe(201);
  return body;
}

async function configurationVersion(): Promise<number> {
  const { configurationVersion: found } = await database.prisma.team.findFirstOrThrow({
    where: { id: own.id },
  });
  return found;
}

describe('POST /v1/sla-policies', () => {
  it('fills in what is left out', async () => {
    expect(await made()).toMatchObject({
      teamId: own.id,
      active: true,
      currentVersion: 1,
      criteria: { priorities: [] },
      target: { kind: 'reach_stage', stageId: own.stages.solved, minutes: 480 },
      pausedStageIds: [],
      pauseInPausedStages: true,
      warnAtPercent: 80,
      onReopen: 'resume',
      version: 1,
    });
  });

  it('keeps priorities in their order, each once', async () => {
    const policy = await made({ criteria: { priorities: ['urgent', 'low', 'urgent'] } });
    expect(policy).toMatchObject({ criteria: { priorities: ['low', 'urgent'] } });
  });

  it('raises what new tickets are computed from', async () => {
    const before = await configurationVersion();
    await made();
    expect(await configurationVersion()).toBeGreaterThan(before);
  });

  it('refuses stages of another team by their pointer', async () => {
    const other = await team(world);
    const target = { kind: 'reach_stage', stageId: other.stages.solved, minutes: 60 };
    expect(await manager().post('/v1/sla-policies', draft({ target }))).toMatchObject({
      status: 422,
      body: { code: 'stage_of_another_team', errors: [{ pointer: '/target/stageId' }] },
    });
    const pausedStageIds = [own.stages.awaitingCustomer, other.stages.awaitingCustomer];
    expect(await manager().post('/v1/sla-policies', draft({ pausedStageIds }))).toMatchObject({
      status: 422,
      body: { code: 'stage_of_another_team', errors: [{ pointer: '/pausedStageIds/1' }] },
    });
  });

  it('refuses a target that cancels, and a team that the caller cannot see', async () => {
    const target = { kind: 'reach_stage', stageId: own.stages.canceled, minutes: 60 };
    expect(await manager().post('/v1/sla-policies', draft({ target }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/target/stageId', code: 'not_allowed' }] },
    });
    const secret = await team(world, { visibility: 'private' });
    expect(await manager().post('/v1/sla-policies', draft({ teamId: secret.id }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/teamId', code: 'unknown_reference' }] },
    });
    expect(await database.prisma.slaPolicy.count({ where: { companyId: world.companyId } })).toBe(0);
  });
});

describe('PATCH /v1/sla-policies/{policyId}', () => {
  it('makes a new version for new tickets and leaves running clocks alone', async () => {
    const policyId = await slaPolicy(world, own);
    const { id } = await ticket(world, own);
    const clockId = await slaClock(world, id, policyId);
    const before = await database.prisma.slaClock.findFirstOrThrow({ where: { id: clockId } });
    const configuration = await configurationVersion();
    const changed = await manager().patch(`/v1/sla-policies/${policyId}`, {
      target: { kind: 'reach_stage', stageId: own.stages.inProgress, minutes: 30 },
      warnAtPercent: 50,
      applyTo: 'new_tickets',
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { currentVersion: 2, version: 2, target: { minutes: 30 }, warnAtPercent: 50, onReopen: 'resume' },
    });
    expect(await database.prisma.slaClock.findFirstOrThrow({ where: { id: clockId } })).toEqual(before);
    expect(await database.prisma.job.count({ where: { companyId: world.companyId } })).toBe(0);
    expect(await configurationVersion()).toBeGreaterThan(configuration);
    const versions = await manager().get(`/v1/sla-policies/${policyId}/versions`);
    expect(versions.body).toMatchObject({
      data: [
        { number: 2, target: { minutes: 30 }, createdBy: world.users.manager.id },
        { number: 1, target: { minutes: 480 } },
      ],
      nextCursor: null,
    });
  });

  it('makes no version of a name, a switch or the same content', async () => {
    const { id } = await made({ criteria: { priorities: ['high', 'urgent'] } });
    const change = (body: object) => manager().patch<Policy>(`/v1/sla-policies/${id}`, body);
    expect((await change({ name: 'Other' })).body).toMatchObject({ currentVersion: 1, version: 2 });
    expect((await change({ active: false })).body).toMatchObject({ currentVersion: 1, version: 3 });
    expect((await change({ criteria: { priorities: ['urgent', 'high'] } })).body.currentVersion).toBe(1);
    expect((await change({ criteria: {} })).body).toMatchObject({
      currentVersion: 2,
      criteria: { priorities: [] },
    });
  });

  it('knows only new tickets so far, and never moves a policy to another team', async () => {
    const { id } = await made();
    const refused = await manager().patch(`/v1/sla-policies/${id}`, { applyTo: 'recompute_open' });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/applyTo', code: 'unknown_value' }] },
    });
    expect(await manager().patch(`/v1/sla-policies/${id}`, { teamId: own.id })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/teamId', code: 'unknown_field' }] },
    });
  });

  it('numbers versions without gaps when several edit at once, and lets one of equal versions win', async () => {
    const { id } = await made();
    const edit = (percent: number, headers: Record<string, string> = {}) =>
      manager().patch(`/v1/sla-policies/${id}`, { warnAtPercent: percent }, { headers });
    const answers = await Promise.all([10, 20, 30, 40].map((percent) => edit(percent)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { body } = await manager().get<{ data: { number: number }[] }>(`/v1/sla-policies/${id}/versions`);
    expect(body.data.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
    const guarded = await Promise.all([50, 60].map((percent) => edit(percent, { 'If-Match': '"v5"' })));
    expect(guarded.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

describe('GET /v1/sla-policies', () => {
  it('filters by team and by whether they are in use', async () => {
    const first = await made();
    const second = await made();
    await made({ ...draft(), ...(await ofOtherTeam()) });
    await manager().patch(`/v1/sla-policies/${first.id}`, { active: false });
    const ids = async (query: string) =>
      (await manager().get<{ data: Policy[] }>(`/v1/sla-policies?${query}`)).body.data.map(({ id }) => id);
    expect(await ids(`teamId=${own.id}`)).toEqual([second.id, first.id]);
    expect(await ids(`teamId=${own.id}&active=true`)).toEqual([second.id]);
    expect(await ids(`teamId=${own.id}&active=false`)).toEqual([first.id]);
    expect(await ids('limit=200')).toHaveLength(3);
  });

  async function ofOtherTeam(): Promise<object> {
    const other = await team(world);
    return { teamId: other.id, target: { kind: 'reach_stage', stageId: other.stages.solved, minutes: 60 } };
  }
});

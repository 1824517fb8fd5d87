import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, slaClock, slaPolicy, type TestTeam, team, ticket, type World } from '../support/factories';

interface Stage {
  readonly id: string;
  readonly name: string;
  readonly position: number;
  readonly version: number;
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let own: TestTeam;
let address: string;

beforeEach(async () => {
  world = await company(database);
  own = await team(world);
  address = `/v1/teams/${own.id}/stages`;
});

const manager = () => api.client(world.users.manager.token);

async function stages(): Promise<readonly Stage[]> {
  return (await manager().get<{ data: Stage[] }>(address)).body.data;
}

async function names(): Promise<string[]> {
  const all = await stages();
  expect(all.map(({ position }) => position)).toEqual(all.map((_stage, index) => index + 1));
  return all.map(({ name }) => name);
}

describe('POST …/stages', () => {
  it('puts the stage last, or where it is asked for', async () => {
    await manager().post(address, { name: 'Last', category: 'closed' });
    await manager().post(address, { name: 'Second', category: 'open', position: 2 });
    const far = await manager().post<Stage>(address, { name: 'Far', category: 'paused', position: 900 });
    expect(far.body.position).toBe(8);
    expect(await names()).toEqual([
      'New',
      'Second',
      'In Progress',
      'Awaiting Customer',
      'Solved',
      'Canceled',
      'Last',
      'Far',
    ]);
  });

  it('gives each of several stages added at once a place of its own', async () => {
    const add = (name: string) => manager().post(address, { name, category: 'open', position: 1 });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(add));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await names()).slice(0, 4).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets only a closed stage cancel', async () => {
    expect(await manager().post(address, { name: 'No', category: 'open', cancels: true })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/cancels', code: 'not_allowed' }] },
    });
    expect(await names()).toHaveLength(5);
  });
});

describe('PUT …/stages/order', () => {
  it('puts all stages in the given order', async () => {
    const { canceled, solved, awaitingCustomer, inProgress, new: first } = own.stages;
    const stageIds = [inProgress, first, awaitingCustomer, canceled, solved];
    const { status, body } = await manager().put<{ data: Stage[] }>(`${address}/order`, { stageIds });
    expect(status).toBe(200);
    expect(body.data.map(({ id }) => id)).toEqual(stageIds);
    expect(await names()).toEqual(['In Progress', 'New', 'Awaiting Customer', 'Canceled', 'Solved']);
    expect((await stages()).map(({ version }) => version)).toEqual([2, 2, 1, 2, 2]);
  });

  it('changes nothing when the order is the present one', async () => {
    await manager().put(`${address}/order`, { stageIds: Object.values(own.stages) });
    expect((await stages()).map(({ version }) => version)).toEqual([1, 1, 1, 1, 1]);
    expect(await database.prisma.event.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('leaves one whole order when several are given at once', async () => {
    const ids = Object.values(own.stages);
    const orders = [
      ids,
      [...ids].reverse(),
      [...ids.slice(2), ...ids.slice(0, 2)],
      [...ids.slice(3), ...ids.slice(0, 3)],
    ];
    const answers = await Promise.all(
      orders.map((stageIds) => manager().put(`${address}/order`, { stageIds })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(orders).toContainEqual((await stages()).map(({ id }) => id));
    await names();
  });

  it.each<[string, () => string[], string, string]>([
    ['a missing stage', () => Object.values(own.stages).slice(1), '/stageIds', 'incomplete'],
    ['a stage twice', () => [own.stages.new, ...Object.values(own.stages)], '/stageIds/1', 'duplicate'],
    [
      'a stage that is not there',
      () => [...Object.values(own.stages), 'stg_00000000000000000000000001'],
      '/stageIds/5',
      'unknown_reference',
    ],
  ])('refuses %s', async (_name, stageIds, pointer, code) => {
    expect(await manager().put(`${address}/order`, { stageIds: stageIds() })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer, code }] },
    });
  });

  it('refuses a stage of another team', async () => {
    const other = await team(world);
    const stageIds = [...Object.values(own.stages).slice(1), other.stages.new];
    expect(await manager().put(`${address}/order`, { stageIds })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/stageIds/4', code: 'unknown_reference' }] },
    });
  });

  it('has the clocks of open tickets computed anew, because what comes later is another set now', async () => {
    const policyId = await slaPolicy(world, own);
    const { id } = await ticket(world, own);
    await slaClock(world, id, policyId);
    await manager().put(`${address}/order`, { stageIds: Object.values(own.stages).reverse() });
    const jobs = await database.prisma.job.findMany({ where: { companyId: world.companyId } });
    expect(jobs).toMatchObject([
      { ticketId: id, kind: 'clocks_changed', reference: { cause: 'team_settings_changed' } },
    ]);
  });
});

describe('PATCH …/stages/{stageId}', () => {
  it('renames a stage that is in use, but keeps what it means', async () => {
    await ticket(world, own);
    const stage = `${address}/${own.stages.new}`;
    expect(await manager().patch(stage, { name: 'Inbox' })).toMatchObject({
      status: 200,
      body: { name: 'Inbox', version: 2 },
    });
    expect(await manager().patch(stage, { category: 'paused' })).toMatchObject({
      status: 409,
      body: { code: 'still_referenced' },
    });
    expect(await manager().patch(stage, { name: 'x' }, { headers: { 'If-Match': '"v1"' } })).toMatchObject({
      status: 412,
    });
  });

  it('keeps what a stage meant while a ticket stood in it, also after it left', async () => {
    const { id } = await ticket(world, own);
    await database.pool.query('UPDATE ticket SET stage_id = $2 WHERE id = $1', [id, own.stages.solved]);
    expect(await manager().patch(`${address}/${own.stages.new}`, { category: 'closed' })).toMatchObject({
      status: 409,
    });
  });

  it('keeps one open stage, and no policy aims at a stage that cancels', async () => {
    await slaPolicy(world, own);
    const change = (stageId: string, changes: object) => manager().patch(`${address}/${stageId}`, changes);
    expect(await change(own.stages.solved, { cancels: true })).toMatchObject({
      status: 409,
      body: { code: 'still_referenced' },
    });
    expect((await change(own.stages.new, { category: 'paused' })).status).toBe(200);
    expect(await change(own.stages.inProgress, { category: 'paused' })).toMatchObject({
      status: 409,
      body: { code: 'no_such_stage_category' },
    });
  });

  it('answers 404 under another team', async () => {
    const other = await team(world);
    expect(
      (await manager().patch(`/v1/teams/${other.id}/stages/${own.stages.new}`, { name: 'x' })).status,
    ).toBe(404);
  });
});

describe('DELETE …/stages/{stageId}', () => {
  it('takes out an unused stage and closes the gap', async () => {
    expect((await manager().delete(`${address}/${own.stages.inProgress}`)).status).toBe(204);
    expect(await names()).toEqual(['New', 'Awaiting Customer', 'Solved', 'Canceled']);
    expect((await manager().delete(`${address}/${own.stages.inProgress}`)).status).toBe(404);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a ticket stands in it', () => ticket(world, own, { stageId: own.stages.inProgress })],
    [
      'a ticket stood in it',
      async () => {
        const { id } = await ticket(world, own, { stageId: own.stages.inProgress });
        await database.pool.query('UPDATE ticket SET stage_id = $2 WHERE id = $1', [id, own.stages.new]);
      },
    ],
    ['a policy aims at it', () => slaPolicy(world, own, { targetStageId: own.stages.inProgress })],
    ['a policy pauses in it', () => slaPolicy(world, own, { pausedStageIds: [own.stages.inProgress] })],
  ])('is refused while %s', async (_name, use) => {
    await use();
    expect(await manager().delete(`${address}/${own.stages.inProgress}`)).toMatchObject({
      status: 409,
      body: { code: 'still_referenced' },
    });
    expect(await names()).toHaveLength(5);
  });

  it('keeps the last open stage, also when two are deleted at once', async () => {
    const answers = await Promise.all(
      [own.stages.new, own.stages.inProgress].map((id) => manager().delete(`${address}/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

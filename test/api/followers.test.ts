import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import {
  company,
  contact,
  type TestTeam,
  team,
  ticket,
  ticketFollower,
  user,
  type World,
} from '../support/factories';

interface Follower {
  readonly id: string;
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let own: TestTeam;
let ticketId: string;

beforeEach(async () => {
  world = await company(database);
  own = await team(world);
  ticketId = (await ticket(world, own)).id;
});

const manager = () => api.client(world.users.manager.token);

const addresses: [string, () => string][] = [
  ['a team', () => `/v1/teams/${own.id}/followers`],
  ['a ticket', () => `/v1/tickets/${ticketId}/followers`],
];

describe.each(addresses)('the followers of %s', (_name, address) => {
  it('come, are listed and go', async () => {
    const contactId = await contact(world);
    const userId = world.users.agent.id;
    const first = await manager().post<Follower>(address(), { contactId });
    expect(first).toMatchObject({ status: 201, body: { contactId, userId: null } });
    const second = await manager().post<Follower>(address(), { userId });
    expect(second).toMatchObject({ status: 201, body: { userId, contactId: null } });
    expect((await manager().get(address())).body).toMatchObject({
      data: [first.body, second.body],
      nextCursor: null,
    });
    expect((await manager().delete(`${address()}/${first.body.id}`)).status).toBe(204);
    expect((await manager().delete(`${address()}/${first.body.id}`)).status).toBe(404);
    expect((await manager().get(address())).body).toMatchObject({ data: [second.body] });
  });

  it('follow once, also when two ask at once', async () => {
    const contactId = await contact(world);
    const ask = () => manager().post(address(), { contactId });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(await database.prisma.event.count({ where: { companyId: world.companyId } })).toBe(1);
  });

  it.each<[string, (person: string) => object]>([
    ['nobody', () => ({})],
    ['two at once', (contactId) => ({ userId: world.users.agent.id, contactId })],
  ])('are refused as %s', async (_what, body) => {
    const answer = await manager().post(address(), body(await contact(world)));
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/userId' }, { pointer: '/contactId' }] },
    });
  });

  it('cannot be ended under another address', async () => {
    const { body } = await manager().post<Follower>(address(), { userId: world.users.agent.id });
    const other = await team(world);
    const elsewhere = await ticket(world, other);
    for (const wrong of [`/v1/teams/${other.id}/followers`, `/v1/tickets/${elsewhere.id}/followers`]) {
      expect((await manager().delete(`${wrong}/${body.id}`)).status).toBe(404);
    }
    expect((await manager().get(address())).body).toMatchObject({ data: [body] });
  });
});

it('open a private ticket to the user who follows it, until they no longer do', async () => {
  await database.prisma.team.updateMany({ where: { id: own.id }, data: { visibility: 'private' } });
  const outsider = await user(world);
  const read = async () => (await api.client(outsider.token).get(`/v1/tickets/${ticketId}`)).status;
  expect(await read()).toBe(404);
  expect(
    (await api.client(outsider.token).post(`/v1/tickets/${ticketId}/followers`, { userId: outsider.id }))
      .status,
  ).toBe(404);
  const followerId = await ticketFollower(world, ticketId, { userId: outsider.id });
  expect(await read()).toBe(200);
  expect(
    (await api.client(outsider.token).delete(`/v1/tickets/${ticketId}/followers/${followerId}`)).status,
  ).toBe(204);
  expect(await read()).toBe(404);
});

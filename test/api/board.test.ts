import { readBoard } from '../../services/teams/read-board';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import {
  company,
  contextFor,
  manyTickets,
  slaClock,
  slaPolicy,
  type TestTeam,
  team,
  ticket,
  type World,
} from '../support/factories';
import { recordQueries } from '../support/recorded-queries';

interface BoardStage {
  readonly stage: { id: string; name: string; folded: boolean };
  readonly count: number;
  readonly cards: readonly { id: string; priority: string; slaState: string; nextDeadline: string | null }[];
  readonly nextCursor: string | null;
}
interface Board {
  readonly stages: readonly BoardStage[];
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let own: TestTeam;

beforeEach(async () => {
  world = await company(database);
  own = await team(world);
});

const client = () => api.client(world.users.agent.token);

async function board(query = ''): Promise<Board> {
  const answer = await client().get<Board>(`/v1/teams/${own.id}/board${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

async function stageOf(query: string): Promise<BoardStage> {
  const { stages } = await board(query);
  expect(stages).toHaveLength(1);
  return stages[0] as BoardStage;
}

describe('GET /v1/teams/{teamId}/board', () => {
  it('shows every stage in order, closed ones folded, and empty ones empty', async () => {
    const { stages } = await board();
    expect(
      stages.map(({ stage, count, cards, nextCursor }) => [
        stage.name,
        stage.folded,
        count,
        cards,
        nextCursor,
      ]),
    ).toEqual([
      ['New', false, 0, [], null],
      ['In Progress', false, 0, [], null],
      ['Awaiting Customer', false, 0, [], null],
      ['Solved', true, 0, [], null],
      ['Canceled', true, 0, [], null],
    ]);
  });

  it('orders a stage by priority, then newest, and counts what is not archived', async () => {
    const oldLow = await ticket(world, own, { priority: 0 });
    const oldUrgent = await ticket(world, own, { priority: 3 });
    const newLow = await ticket(world, own, { priority: 0 });
    const newUrgent = await ticket(world, own, { priority: 3 });
    const archived = await ticket(world, own, { priority: 3 });
    await database.pool.query('UPDATE ticket SET archived_at = now() WHERE id = $1', [archived.id]);
    await ticket(world, await team(world), { priority: 3 });
    const [first] = (await board()).stages;
    expect(first?.count).toBe(4);
    expect(first?.cards.map(({ id }) => id)).toEqual([newUrgent.id, oldUrgent.id, newLow.id, oldLow.id]);
  });

  it('shows each card’s SLA state and deadline, as the ticket itself does', async () => {
    const policyId = await slaPolicy(world, own);
    const { id } = await ticket(world, own);
    const deadline = new Date(Date.UTC(2026, 2, 2, 10, 30, 0, 123));
    await slaClock(world, id, policyId, { deadline });
    await database.pool.query(`UPDATE ticket SET sla_state = 'on_track', next_deadline = $2 WHERE id = $1`, [
      id,
      deadline,
    ]);
    const [first] = (await board()).stages;
    const { body: whole } = await client().get<Record<string, unknown>>(`/v1/tickets/${id}`);
    expect(first?.cards[0]).toMatchObject({ slaState: 'on_track', nextDeadline: '2026-03-02T10:30:00.123Z' });
    expect(whole).toMatchObject(first?.cards[0] ?? {});
  });

  it('goes on in one stage without losing or repeating a card, ties included', async () => {
    const made: string[] = [];
    for (let index = 0; index < 11; index++) {
      made.push((await ticket(world, own, { priority: index % 3 })).id);
    }
    const all = await stageOf(`?stageId=${own.stages.new}&limit=50`);
    expect(all).toMatchObject({ count: 11, nextCursor: null });
    const paged: string[] = [];
    let cursor: string | null = (await board('?limit=2')).stages[0]?.nextCursor ?? null;
    paged.push(...((await board('?limit=2')).stages[0]?.cards ?? []).map(({ id }) => id));
    while (cursor !== null) {
      const next: BoardStage = await stageOf(`?limit=2&stageId=${own.stages.new}&cursor=${cursor}`);
      expect(next.count).toBe(11);
      paged.push(...next.cards.map(({ id }) => id));
      cursor = next.nextCursor;
    }
    expect(paged).toEqual(all.cards.map(({ id }) => id));
    expect([...paged].sort()).toEqual([...made].sort());
  });

  it('has no next page when the cards fit exactly', async () => {
    for (let index = 0; index < 3; index++) await ticket(world, own);
    expect((await stageOf(`?stageId=${own.stages.new}&limit=3`)).nextCursor).toBeNull();
    expect((await stageOf(`?stageId=${own.stages.new}&limit=2`)).nextCursor).not.toBeNull();
  });

  it.each<[string, () => string, string, string]>([
    [
      'a cursor without its stage',
      () => '?cursor=1.tkt_00000000000000000000000001',
      '/query/stageId',
      'missing',
    ],
    ['a cursor of nothing', () => `?stageId=${own.stages.new}&cursor=x`, '/query/cursor', 'bad_cursor'],
    [
      'a stage that is not the team’s',
      () => '?stageId=stg_00000000000000000000000001',
      '/query/stageId',
      'unknown_reference',
    ],
    ['too many cards', () => '?limit=51', '/query/limit', 'bad_value'],
  ])('refuses %s', async (_name, query, pointer, code) => {
    expect(await client().get(`/v1/teams/${own.id}/board${query()}`)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer, code }] },
    });
  });

  it('finds each page and each count by one index, whatever the company has besides', async () => {
    await manyTickets(world, await team(world), { count: 30_000 });
    await manyTickets(world, own, { count: 2_000 });
    const recorded = recordQueries(database);
    await readBoard({ ...contextFor(world), database: recorded.database }, own.id, { limit: 20 });
    const plan = await recorded.lastPlan();
    expect(plan).not.toMatch(/Seq Scan on ticket /);
    expect(plan.match(/ticket_board_idx/g)?.length).toBe(2);
    const page = /Limit .*\n\s+->\s+Index Scan using ticket_board_idx on ticket \w+ .*actual rows=(\d+)/.exec(
      plan,
    );
    expect(Number(page?.[1])).toBeLessThanOrEqual(21);
  });
});

describe('GET /v1/teams/{teamId}/overview', () => {
  it('counts what stands open and how the last seven days went', async () => {
    const agent = world.users.agent.id;
    await ticket(world, own, { priority: 3 });
    const breached = await ticket(world, own, { assigneeId: agent });
    await database.pool.query(`UPDATE ticket SET sla_state = 'breached' WHERE id = $1`, [breached.id]);
    await ticket(world, own, { assigneeId: agent, stageId: own.stages.awaitingCustomer });
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
    const policyId = await slaPolicy(world, own);
    for (const [days, status] of [
      [1, 'reached'],
      [2, 'reached'],
      [3, 'breached'],
      [9, 'breached'],
    ] as const) {
      const closed = await ticket(world, own, { stageId: own.stages.solved, closedAt: daysAgo(days) });
      const clock = await slaClock(world, closed.id, policyId);
      await database.pool.query(
        status === 'reached'
          ? `UPDATE sla_clock SET status = 'reached', reached_at = now() WHERE id = $1`
          : `UPDATE sla_clock SET status = 'breached', breached_at = now(), observed_at = now() WHERE id = $1`,
        [clock],
      );
    }
    const archived = await ticket(world, own, { priority: 3 });
    await database.pool.query('UPDATE ticket SET archived_at = now() WHERE id = $1', [archived.id]);
    expect((await client().get(`/v1/teams/${own.id}/overview`)).body).toEqual({
      open: 3,
      unassigned: 1,
      urgent: 1,
      breached: 1,
      closedInSevenDays: 3,
      slaSuccessRatePercent: 67,
    });
  });

  it('has no success rate where nothing was promised', async () => {
    expect((await client().get(`/v1/teams/${own.id}/overview`)).body).toEqual({
      open: 0,
      unassigned: 0,
      urgent: 0,
      breached: 0,
      closedInSevenDays: 0,
      slaSuccessRatePercent: null,
    });
  });
});

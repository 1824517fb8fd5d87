import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, contact, saleOrder, type TestTeam, team, ticket, type World } from '../support/factories';

interface Listed {
  readonly data: readonly { id: string; priority: string; nextDeadline: string | null }[];
  readonly nextCursor: string | null;
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let ownTeam: TestTeam;

beforeEach(async () => {
  world = await company(database);
  ownTeam = await team(world);
});

const client = () => api.client(world.users.agent.token);

async function idsOf(query: string): Promise<string[]> {
  const { status, body } = await client().get<Listed>(`/v1/tickets${query}`);
  expect(status).toBe(200);
  return body.data.map(({ id }) => id);
}

describe('GET /v1/tickets/{ticketId}', () => {
  it('finds a ticket by its id and by its number, with or without leading zeros', async () => {
    const { id, number } = await ticket(world, ownTeam);
    for (const lookup of [id, String(number), `0000${number}`]) {
      const { status, body } = await client().get<{ id: string; reference: string }>(`/v1/tickets/${lookup}`);
      expect({ status, ...body }).toMatchObject({
        status: 200,
        id,
        reference: `#${String(number).padStart(5, '0')}`,
      });
    }
  });

  it('shows a number of more than five digits whole', async () => {
    const { id } = await ticket(world, ownTeam);
    await database.pool.query('UPDATE ticket SET number = 1234567 WHERE id = $1', [id]);
    const { body } = await client().get<{ reference: string; number: number }>('/v1/tickets/1234567');
    expect(body).toMatchObject({ reference: '#1234567', number: 1_234_567 });
  });

  it('answers 404 to a number nobody has, and to one of another company', async () => {
    const elsewhere = await company(database);
    const theirs = await ticket(elsewhere, await team(elsewhere));
    for (const lookup of ['999999999999999', '0', String(theirs.number), theirs.id]) {
      expect(await client().get(`/v1/tickets/${lookup}`)).toMatchObject({ status: 404 });
    }
  });
});

describe('PATCH /v1/tickets/{ticketId}', () => {
  it('changes the wording under its number and records it in the ticket’s history', async () => {
    const { id, number } = await ticket(world, ownTeam);
    const changed = await client().patch(`/v1/tickets/${number}`, {
      subject: 'It smokes',
      description: 'Still.',
    });
    expect(changed).toMatchObject({ status: 200, body: { id, subject: 'It smokes', version: 2 } });
    const history = await client().get<{ data: unknown[] }>(`/v1/tickets/${number}/events`);
    expect(history.body.data).toMatchObject([
      { kind: 'ticket.updated', ticketId: id, before: { version: 1 }, after: { subject: 'It smokes' } },
    ]);
  });

  it('lets one of two changes of the same version win', async () => {
    const { id } = await ticket(world, ownTeam);
    const change = (subject: string) =>
      client().patch(`/v1/tickets/${id}`, { subject }, { headers: { 'If-Match': '"v1"' } });
    const answers = await Promise.all([change('one'), change('two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('leaves an archived ticket alone', async () => {
    const { id } = await ticket(world, ownTeam);
    await database.pool.query('UPDATE ticket SET archived_at = now() WHERE id = $1', [id]);
    expect(await client().patch(`/v1/tickets/${id}`, { subject: 'no' })).toMatchObject({
      status: 409,
      body: { code: 'ticket_archived' },
    });
  });
});

describe('GET /v1/tickets', () => {
  it('filters by what each ticket has', async () => {
    const contactId = await contact(world);
    const { lineId } = await saleOrder(world, { contactId });
    const other = await team(world);
    const plain = await ticket(world, ownTeam, { priority: 0 });
    const full = await ticket(world, ownTeam, {
      priority: 3,
      stageId: ownTeam.stages.inProgress,
      contactId,
      saleOrderLineId: lineId,
      assigneeId: world.users.agent.id,
    });
    const closed = await ticket(world, other, { stageId: other.stages.solved, closedAt: new Date() });
    await database.pool.query(`UPDATE ticket SET sla_state = 'breached' WHERE id = $1`, [full.id]);
    const found: [string, string[]][] = [
      [`?teamId=${ownTeam.id}`, [full.id, plain.id]],
      [`?teamId=${ownTeam.id},${other.id}`, [closed.id, full.id, plain.id]],
      [`?stageId=${ownTeam.stages.inProgress}`, [full.id]],
      [`?assigneeId=${world.users.agent.id}`, [full.id]],
      ['?assigned=true', [full.id]],
      ['?assigned=false', [closed.id, plain.id]],
      [`?contactId=${contactId}`, [full.id]],
      ['?priority=low', [plain.id]],
      ['?priority=low,urgent', [full.id, plain.id]],
      ['?slaState=breached', [full.id]],
      ['?open=true', [full.id, plain.id]],
      ['?open=false', [closed.id]],
      [`?saleOrderLineId=${lineId}`, [full.id]],
      [`?teamId=${ownTeam.id}&priority=low&open=true`, [plain.id]],
    ];
    for (const [query, ids] of found) expect({ query, ids: await idsOf(query) }).toEqual({ query, ids });
  });

  it('shows archived tickets only when asked for them', async () => {
    const kept = await ticket(world, ownTeam);
    const gone = await ticket(world, ownTeam);
    await database.pool.query('UPDATE ticket SET archived_at = now() WHERE id = $1', [gone.id]);
    expect(await idsOf('')).toEqual([kept.id]);
    expect(await idsOf('?archived=false')).toEqual([kept.id]);
    expect(await idsOf('?archived=true')).toEqual([gone.id]);
  });

  it.each(['priority', '-priority', 'deadline', '-deadline', 'updatedAt', '-updatedAt'])(
    'shows each ticket once in pages of two by %s, with ties, while others are added',
    async (sort) => {
      const made: string[] = [];
      for (let index = 0; index < 9; index++) {
        const { id } = await ticket(world, ownTeam, {
          priority: index % 2,
          createdAt: new Date(Date.UTC(2026, 0, 1 + (index % 3))),
        });
        made.push(id);
        if (index % 3 === 0) {
          await database.pool.query(
            `UPDATE ticket SET next_deadline = '2026-03-02T10:00:00Z' WHERE id = $1`,
            [id],
          );
        }
      }
      const whole = (await idsOf(`?sort=${sort}&limit=200`)).slice();
      expect([...whole].sort()).toEqual([...made].sort());
      const paged: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body } = await client().get<Listed>(`/v1/tickets?sort=${sort}&limit=2${after}`);
        paged.push(...body.data.map(({ id }) => id));
        cursor = body.nextCursor;
        await ticket(world, await team(world), { priority: 1 });
      }
      expect(paged.filter((id) => made.includes(id))).toEqual(whole);
    },
  );

  it('shows tickets without a deadline last', async () => {
    const without = await ticket(world, ownTeam);
    const late = await ticket(world, ownTeam);
    const soon = await ticket(world, ownTeam);
    const set = 'UPDATE ticket SET next_deadline = $2 WHERE id = $1';
    await database.pool.query(set, [late.id, new Date(Date.UTC(2026, 5, 2))]);
    await database.pool.query(set, [soon.id, new Date(Date.UTC(2026, 5, 1))]);
    expect(await idsOf('?sort=deadline')).toEqual([soon.id, late.id, without.id]);
  });

  it('refuses a cursor whose value was changed by hand', async () => {
    for (let index = 0; index < 3; index++) await ticket(world, ownTeam);
    const { body } = await client().get<Listed>('/v1/tickets?sort=updatedAt&limit=1');
    const [hash, , id] = JSON.parse(Buffer.from(body.nextCursor ?? '', 'base64url').toString()) as string[];
    const forged = Buffer.from(JSON.stringify([hash, 'soon', id])).toString('base64url');
    expect(await client().get(`/v1/tickets?sort=updatedAt&limit=1&cursor=${forged}`)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/query/cursor', code: 'bad_cursor' }] },
    });
  });
});

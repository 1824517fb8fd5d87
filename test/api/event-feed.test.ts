import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, team, ticket, type World } from '../support/factories';
import { settledEvents } from '../support/settled-events';

interface Feed {
  readonly data: readonly { id: string; kind: string; subjectId: string; cursor: string }[];
  readonly nextCursor: string | null;
}

const database = testDatabase();
const api = testApi(database);
let world: World;

beforeEach(async () => {
  world = await company(database);
});

const admin = () => api.client(world.users.admin.token);

async function feedAfter(after: string | null, limit = 200): Promise<Feed> {
  const query = after === null ? '' : `&after=${after}`;
  return (await admin().get<Feed>(`/v1/events?limit=${limit}${query}`)).body;
}

const newContact = (name: string) => admin().post<{ id: string }>('/v1/contacts', { kind: 'person', name });

describe('GET /v1/events', () => {
  it('reads all events once and in order, however the pages are cut', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) made.push((await newContact(name)).body.id);
    await settledEvents(database);
    const whole = await feedAfter(null);
    expect(whole.data.map(({ subjectId }) => subjectId)).toEqual(made);
    expect(whole.nextCursor).toBeNull();
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const page = await feedAfter(after, 2);
      paged.push(...page.data.map(({ subjectId }) => subjectId));
      after = page.nextCursor;
    } while (after !== null);
    expect(paged).toEqual(made);
  });

  it('shows a manager the API keys that the list of keys shows them', async () => {
    const manager = api.client(world.users.manager.token);
    const body = { name: 'Integration', scopes: ['tickets:read'] };
    await admin().post('/v1/api-keys', body);
    const own = await manager.post<{ id: string }>('/v1/api-keys', body);
    await settledEvents(database);
    const seen = await manager.get<Feed>('/v1/events?limit=200');
    expect(seen.body.data.map(({ subjectId }) => subjectId)).toEqual([own.body.id]);
    expect((await feedAfter(null)).data).toHaveLength(2);
  });

  it('goes on from the last cursor when something new happens', async () => {
    await newContact('first');
    await settledEvents(database);
    const last = (await feedAfter(null)).data.at(-1)?.cursor ?? '';
    expect((await feedAfter(last)).data).toEqual([]);
    const { body } = await newContact('second');
    await settledEvents(database);
    expect((await feedAfter(last)).data.map(({ subjectId }) => subjectId)).toEqual([body.id]);
  });

  it('never passes by an event of a transaction that began earlier and commits later', async () => {
    const slow = await database.pool.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO event (company_id, id, kind, subject_id, actor)
         VALUES ($1, 'evt_00000000000000000000000001', 'test.slow', 'slow', '{"type":"system","process":"seed"}')`,
        [world.companyId],
      );
      const { body: early } = await newContact('commits first');
      const during = await feedAfter(null);
      // Shown now, this contact's cursor would stand behind the slow event for ever.
      expect(during.data).toEqual([]);
      await slow.query('COMMIT');
      await settledEvents(database);
      expect((await feedAfter(during.nextCursor)).data.map(({ subjectId }) => subjectId)).toEqual([
        'slow',
        early.id,
      ]);
    } finally {
      slow.release();
    }
  });

  it('loses nothing to a reader who follows while many write', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    let writing = true;
    const follow = async (): Promise<void> => {
      for (;;) {
        const wasWriting = writing;
        if (!wasWriting) await settledEvents(database);
        const page = await feedAfter(after, 3);
        seen.push(...page.data.map(({ subjectId }) => subjectId));
        after = page.data.at(-1)?.cursor ?? after;
        if (!wasWriting && page.data.length === 0) return;
      }
    };
    const reader = follow();
    const writers = Array.from({ length: 5 }, async (_none, writer) => {
      const made: string[] = [];
      for (let turn = 0; turn < 8; turn++) made.push((await newContact(`${writer}.${turn}`)).body.id);
      return made;
    });
    const made = (await Promise.all(writers)).flat();
    writing = false;
    await reader;
    expect([...seen].sort()).toEqual([...made].sort());
  });

  it.each([
    'x',
    '1',
    '1-',
    '-1-2',
    '99999999999999999999-1',
    '1-99999999999999999999',
    "1-1'; DROP TABLE event",
  ])('refuses the cursor %s', async (after) => {
    expect(await admin().get(`/v1/events?after=${encodeURIComponent(after)}`)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/query/after', code: 'bad_cursor' }] },
    });
  });

  it('shows nothing of another company', async () => {
    const elsewhere = await company(database);
    await newContact('ours');
    await settledEvents(database);
    const { body } = await api.client(elsewhere.users.admin.token).get<Feed>('/v1/events');
    expect(body.data).toEqual([]);
  });
});

describe('GET /v1/tickets/{ticketId}/events', () => {
  it('tells the ticket’s history in pages, oldest or newest first, and no other ticket’s', async () => {
    const own = await team(world);
    const { id } = await ticket(world, own);
    const other = await ticket(world, own);
    await admin().patch(`/v1/tickets/${other.id}`, { subject: 'other' });
    for (const subject of ['one', 'two', 'three']) await admin().patch(`/v1/tickets/${id}`, { subject });
    await admin().post(`/v1/tickets/${id}/messages`, { body: 'secret words', internal: true });
    const read = async (query: string) =>
      (
        await admin().get<Feed & { data: { after: unknown; actor: unknown }[] }>(
          `/v1/tickets/${id}/events${query}`,
        )
      ).body;
    const whole = await read('');
    expect(whole.data.map(({ kind }) => kind)).toEqual([
      'ticket.updated',
      'ticket.updated',
      'ticket.updated',
      'message.posted',
    ]);
    expect(whole.data[0]).toMatchObject({
      subjectId: id,
      actor: { type: 'user', userId: world.users.admin.id },
      before: { subject: 'The printer is on fire' },
      after: { subject: 'one' },
    });
    expect(JSON.stringify(whole)).not.toContain('secret words');
    const first = await read('?limit=3');
    const rest = await read(`?limit=3&cursor=${first.nextCursor}`);
    expect([...first.data, ...rest.data]).toEqual(whole.data);
    expect((await read('?sort=-position')).data).toEqual([...whole.data].reverse());
    expect((await read('?kind=message.posted,ticket.created')).data).toEqual(whole.data.slice(3));
  });
});

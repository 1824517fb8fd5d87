import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, type TestTicket, team, ticket, type World } from '../support/factories';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly internal: boolean;
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let on: TestTicket;
let address: string;

beforeEach(async () => {
  world = await company(database);
  on = await ticket(world, await team(world));
  address = `/v1/tickets/${on.id}/messages`;
});

const agent = () => api.client(world.users.agent.token);

const counts = async () => ({
  messages: await database.prisma.message.count({ where: { companyId: world.companyId } }),
  events: await database.prisma.event.count({ where: { companyId: world.companyId } }),
});

describe('POST /v1/tickets/{ticketId}/messages', () => {
  it('records who said what, word for word, with an event', async () => {
    const body = "  <script>alert(1)</script>\n\tRobert'); DROP TABLE ticket; -- \u{1f525}  ";
    const answer = await agent().post(`/v1/tickets/${on.number}/messages`, { body });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        ticketId: on.id,
        userId: world.users.agent.id,
        contactId: null,
        body,
        format: 'text',
        internal: false,
      },
    });
    expect((await agent().get(address)).body).toMatchObject({ data: [{ body }] });
    expect(await counts()).toEqual({ messages: 1, events: 1 });
  });

  it('says a thing once when the request is sent several times at once', async () => {
    const send = () =>
      agent().post<Message>(address, { body: 'Once.' }, { headers: { 'Idempotency-Key': 'message-1' } });
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await counts()).toEqual({ messages: 1, events: 1 });
  });

  it('never appear before what a reader has seen, however slow their transactions are', async () => {
    const holder = await database.pool.connect();
    await holder.query(`SELECT pg_advisory_lock(1, 1);
      CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(1, 1); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.body = 'Slow.') EXECUTE FUNCTION wait_here()`);
    const waiting = async (): Promise<number> => {
      const { rows } = await holder.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return rows[0]?.count ?? 0;
    };
    const read = async () =>
      (await agent().get<{ data: Message[] }>(address)).body.data.map(({ body }) => body);
    const slow = agent().post(address, { body: 'Slow.' });
    await eventually('the slow message waits', async () => (await waiting()) === 1);
    let answered = false;
    const quick = agent()
      .post(address, { body: 'Quick.' })
      .finally(() => {
        answered = true;
      });
    await eventually(
      'the quick one waits for it, or is there',
      async () => answered || (await waiting()) === 2,
    );
    const seen = await read();
    await holder.query('SELECT pg_advisory_unlock(1, 1)');
    expect((await Promise.all([slow, quick])).map(({ status }) => status)).toEqual([201, 201]);
    await holder.query('DROP FUNCTION wait_here CASCADE');
    holder.release();
    const whole = await read();
    expect(whole).toHaveLength(2);
    expect(whole.slice(0, seen.length)).toEqual(seen);
  });

  it('takes no HTML in this release, and nothing blank', async () => {
    expect(await agent().post(address, { body: '<b>hi</b>', format: 'html' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/format', code: 'unknown_value' }] },
    });
    for (const body of ['', '   ', '\n\t\n']) {
      expect(await agent().post(address, { body })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/body' }] },
      });
    }
    expect(await counts()).toEqual({ messages: 0, events: 0 });
  });

  it('is refused on an archived ticket', async () => {
    await database.pool.query('UPDATE ticket SET archived_at = now() WHERE id = $1', [on.id]);
    expect(await agent().post(address, { body: 'too late' })).toMatchObject({
      status: 409,
      body: { code: 'ticket_archived' },
    });
  });
});

describe('GET /v1/tickets/{ticketId}/messages', () => {
  it('tells the conversation in order, in pages, all or by kind', async () => {
    const other = await ticket(world, await team(world));
    await agent().post(`/v1/tickets/${other.id}/messages`, { body: 'elsewhere' });
    for (const [body, internal] of [
      ['one', false],
      ['two', true],
      ['three', false],
    ] as const) {
      await agent().post(address, { body, internal });
    }
    const bodies = async (query: string) =>
      (await agent().get<{ data: Message[] }>(`${address}${query}`)).body.data.map(({ body }) => body);
    expect(await bodies('')).toEqual(['one', 'two', 'three']);
    expect(await bodies('?sort=-createdAt')).toEqual(['three', 'two', 'one']);
    expect(await bodies('?internal=false')).toEqual(['one', 'three']);
    const first = await agent().get<{ nextCursor: string }>(`${address}?limit=2`);
    expect(await bodies(`?limit=2&cursor=${first.body.nextCursor}`)).toEqual(['three']);
  });

  it('takes no cursor of another ticket', async () => {
    for (const body of ['one', 'two']) await agent().post(address, { body });
    const { body } = await agent().get<{ nextCursor: string }>(`${address}?limit=1`);
    const other = await ticket(world, await team(world));
    expect(
      await agent().get(`/v1/tickets/${other.id}/messages?limit=1&cursor=${body.nextCursor}`),
    ).toMatchObject({ status: 422, body: { errors: [{ code: 'cursor_mismatch' }] } });
  });
});

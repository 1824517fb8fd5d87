import { newId } from '../../services/ids';
import { pageBytes } from '../../services/page-rows';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { openStream } from '../support/event-stream';
import { calendar, company, message, team, ticket, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);

let world: World;
let calendarId: string;

const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);

beforeAll(async () => {
  world = await company(database);
  calendarId = await calendar(world, {
    name: 'Large',
    timezone: 'Europe/Berlin',
    intervals: [{ weekday: 1, fromMinute: 540, toMinute: 1020 }],
  });
  const admin = api.client(world.users.admin.token);
  for (let change = 0; change < 10; change++) {
    const exceptions = Array.from({ length: 2_000 }, (_unused, index) => ({
      date: day(index),
      name: `閉${change}`.padEnd(25, '日'),
    }));
    const { status } = await admin.patch(`/v1/calendars/${calendarId}`, { exceptions });
    expect(status).toBe(200);
  }
});

/** Every row from the first page to the last; what a page holds before its last row is within the bound. */
async function rowsOverPages<Row>(
  address: string,
  filter = '',
  cursorName = 'cursor',
): Promise<{ readonly rows: Row[]; readonly pages: number }> {
  const admin = api.client(world.users.admin.token);
  const rows: Row[] = [];
  let pages = 0;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const from: string = cursor === undefined ? '' : `&${cursorName}=${cursor}`;
    const answer = await admin.get<{ data: Row[]; nextCursor: string | null }>(
      `${address}?limit=200&${filter}${from}`,
    );
    expect(answer.status).toBe(200);
    const { data, nextCursor } = answer.body;
    const bytes = data.map((row) => Buffer.byteLength(JSON.stringify(row)));
    const beforeLast = bytes.slice(0, -1).reduce((sum, size) => sum + size, 0);
    expect(beforeLast).toBeLessThan(pageBytes);
    expect(data.length).toBeGreaterThan(0);
    rows.push(...data);
    pages += 1;
    cursor = nextCursor;
  }
  return { rows, pages };
}

describe('a page of large records ends before its limit, and its cursor goes on behind it', () => {
  it('for versions of a calendar', async () => {
    const { rows, pages } = await rowsOverPages<{ number: number }>(`/v1/calendars/${calendarId}/versions`);
    expect(rows.map(({ number }) => number)).toEqual(
      Array.from({ length: 11 }, (_unused, index) => 11 - index),
    );
    expect(pages).toBeGreaterThan(1);
  });

  it('for the feed of events, also live', async () => {
    const { rows: written } = await database.pool.query<{ id: string; subject_id: string }>(
      'SELECT id, subject_id FROM event WHERE company_id = $1 ORDER BY transaction_id, position',
      [world.companyId],
    );
    const { rows, pages } = await rowsOverPages<{ id: string }>('/v1/events', '', 'after');
    expect(rows.map(({ id }) => id)).toEqual(written.map(({ id }) => id));
    expect(pages).toBeGreaterThan(2);
    const stream = await openStream(api.url, world.users.admin.token);
    await stream.arrived(written.map((event) => event.subject_id));
    stream.leave();
  });

  it('for messages', async () => {
    const { id: ticketId } = await ticket(world, await team(world));
    const posted: string[] = [];
    for (let count = 0; count < 25; count++) {
      posted.push(await message(world, ticketId, { body: '長'.repeat(50_000) }));
    }
    const { rows, pages } = await rowsOverPages<{ id: string }>(`/v1/tickets/${ticketId}/messages`);
    expect(rows.map(({ id }) => id)).toEqual(posted);
    expect(pages).toBeGreaterThan(2);
  });

  it('for tickets', async () => {
    const of = await team(world);
    for (let count = 0; count < 25; count++) await ticket(world, of);
    await database.prisma.ticket.updateMany({
      where: { teamId: of.id },
      data: { description: '長'.repeat(50_000) },
    });
    const made = await database.prisma.ticket.findMany({ where: { teamId: of.id }, select: { id: true } });
    const { rows, pages } = await rowsOverPages<{ id: string }>('/v1/tickets', `teamId=${of.id}`);
    expect(rows.map(({ id }) => id)).toEqual(
      made
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    expect(pages).toBeGreaterThan(2);
  });

  it('and holds one row at least, however large', async () => {
    const { id: ticketId } = await ticket(world, await team(world));
    const ids = [newId('event'), newId('event'), newId('event')];
    for (const id of ids) {
      await database.pool.query(
        `INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after)
         VALUES ($1, $2, 'ticket.updated', $3, $3, $4, $5)`,
        [
          world.companyId,
          id,
          ticketId,
          { type: 'user', userId: world.users.agent.id },
          JSON.stringify({ text: 'x'.repeat(pageBytes + 1) }),
        ],
      );
    }
    const { rows, pages } = await rowsOverPages<{ id: string }>(`/v1/tickets/${ticketId}/events`);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(pages).toBe(3);
  });
});

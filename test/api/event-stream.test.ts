import { connect } from 'node:net';
import { createEventStreams } from '../../api/event-streams';
import { authenticate } from '../../services/access/authenticate';
import { systemContext } from '../../services/context';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { type OpenStream, openStream } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { apiKey, company, team, ticket, user, type World } from '../support/factories';
import { killPrograms, startApi } from '../support/processes';
import { recordQueries } from '../support/recorded-queries';

jest.setTimeout(120_000);

const database = testDatabase();
const api = testApi(database, { eventStreams: { lookEveryMs: 50, heartbeatMs: 300, perCredential: 3 } });
const opened: OpenStream[] = [];
let world: World;

beforeEach(async () => {
  world = await company(database);
});

afterEach(async () => {
  for (const stream of opened.splice(0)) stream.leave();
  await killPrograms();
});

async function follow(
  token: string,
  options: Parameters<typeof openStream>[2] & { readonly url?: string } = {},
): Promise<OpenStream> {
  const stream = await openStream(options.url ?? api.url, token, options);
  opened.push(stream);
  return stream;
}

const admin = () => api.client(world.users.admin.token);

async function newContact(name: string): Promise<string> {
  return (await admin().post<{ id: string }>('/v1/contacts', { kind: 'person', name })).body.id;
}

const live = (stream: OpenStream) =>
  eventually('the stream is live', () => Promise.resolve(stream.text().includes(': live')));

describe('GET /v1/events/stream', () => {
  it('sends what has happened, then each event as it happens, in the order of the feed', async () => {
    const early = [await newContact('a'), await newContact('b')];
    const stream = await follow(world.users.admin.token);
    await stream.arrived(early);
    await live(stream);
    const late = [await newContact('c'), await newContact('d')];
    await stream.arrived([...early, ...late]);
    const feed = await admin().get<{ data: { cursor: string; subjectId: string }[] }>('/v1/events');
    expect(stream.subjects()).toEqual(feed.body.data.map(({ subjectId }) => subjectId));
    expect(stream.lastId()).toBe(feed.body.data.at(-1)?.cursor);
  });

  it('goes on after Last-Event-ID, which goes before the address, and after a cursor', async () => {
    const early = await newContact('a');
    const first = await follow(world.users.admin.token);
    await first.arrived([early]);
    const cursor = first.lastId();
    first.leave();
    const second = await newContact('b');
    const byHeader = await follow(world.users.admin.token, {
      query: '?after=0-0',
      headers: { 'Last-Event-ID': cursor },
    });
    await byHeader.arrived([second]);
    const byQuery = await follow(world.users.admin.token, { query: `?after=${cursor}` });
    await byQuery.arrived([second]);
  });

  it('begins with what happens from now on when asked to, and says where that is', async () => {
    await newContact('before');
    const stream = await follow(world.users.admin.token, { query: '?after=now' });
    await live(stream);
    // Older transactions of the server may still hide the first contact; what is shown is never out of order.
    const start = stream.lastId();
    const after = await newContact('after');
    await eventually('the new event', () => Promise.resolve(stream.subjects().includes(after)));
    const resumed = await follow(world.users.admin.token, { headers: { 'Last-Event-ID': start } });
    await eventually('the same from there', () => Promise.resolve(resumed.subjects().includes(after)));
    expect(resumed.subjects()).toEqual(stream.subjects());
  });

  it('never passes by an event that commits late', async () => {
    const stream = await follow(world.users.admin.token);
    await live(stream);
    const slow = await database.pool.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO event (company_id, id, kind, subject_id, actor)
         VALUES ($1, 'evt_00000000000000000000000001', 'test.slow', 'slow', '{"type":"system","process":"seed"}')`,
        [world.companyId],
      );
      const early = await newContact('commits first');
      await slow.query('COMMIT');
      await stream.arrived(['slow', early]);
    } finally {
      slow.release();
    }
  });

  it('loses and repeats nothing to a reader that comes and goes while many write', async () => {
    const seen: string[] = [];
    let cursor = '0-0';
    let writing = true;
    const reading = (async () => {
      while (writing) {
        const stream = await follow(world.users.admin.token, { headers: { 'Last-Event-ID': cursor } });
        const count = stream.subjects().length;
        await eventually('more or the end', () =>
          Promise.resolve(!writing || stream.subjects().length > count),
        );
        // What is read and what it is resumed from are taken at one moment.
        seen.push(...stream.subjects());
        // A stream that was left before its first frame came says nothing about where to go on.
        cursor = stream.lastId() || cursor;
        stream.leave();
      }
    })();
    const writers = Array.from({ length: 4 }, async (_none, writer) => {
      const made: string[] = [];
      for (let turn = 0; turn < 8; turn++) made.push(await newContact(`${writer}.${turn}`));
      return made;
    });
    const made = (await Promise.all(writers)).flat();
    writing = false;
    await reading;
    const rest = await follow(world.users.admin.token, { headers: { 'Last-Event-ID': cursor } });
    await eventually('the rest', () => Promise.resolve(seen.length + rest.subjects().length >= made.length));
    expect([...seen, ...rest.subjects()].sort()).toEqual([...made].sort());
  });

  it('keeps a quiet connection open with comments', async () => {
    const stream = await follow(world.users.admin.token);
    await eventually('three heartbeats', () =>
      Promise.resolve(
        stream
          .text()
          .split('\n')
          .filter((line) => line === ':').length >= 3,
      ),
    );
    expect(stream.subjects()).toEqual([]);
  });

  it('shows a manager nothing of private teams and nobody anything of another company', async () => {
    const elsewhere = await company(database);
    const foreign = await follow(elsewhere.users.admin.token);
    const hidden = await ticket(world, await team(world, { visibility: 'private' }));
    const manager = await user(world, 'manager');
    const stream = await follow(manager.token);
    const everything = await follow(world.users.admin.token);
    await live(foreign);
    await admin().patch(`/v1/tickets/${hidden.id}`, { subject: 'nobody’s business' });
    const shown = await newContact('shown');
    await everything.arrived([hidden.id, shown]);
    await stream.arrived([shown]);
    expect(foreign.subjects()).toEqual([]);
  });

  it.each<[string, () => Promise<{ readonly token: string; readonly end: () => Promise<unknown> }>]>([
    [
      'the session is closed',
      async () => {
        const { token } = await user(world, 'admin');
        return { token, end: () => api.client(token).post('/v1/auth/logout') };
      },
    ],
    [
      'the session expires',
      async () => {
        const { token, id } = await user(world, 'admin');
        return {
          token,
          end: () =>
            database.prisma.session.updateMany({
              where: { companyId: world.companyId, userId: id },
              data: { expiresAt: new Date() },
            }),
        };
      },
    ],
    [
      'the API key is ended',
      async () => {
        const key = await apiKey(world, { userId: world.users.admin.id, scopes: ['events:read'] });
        return { token: key.secret, end: () => admin().delete(`/v1/api-keys/${key.id}`) };
      },
    ],
    [
      'the user is switched off',
      async () => {
        const { token, id } = await user(world, 'manager');
        return { token, end: () => admin().patch(`/v1/users/${id}`, { active: false }) };
      },
    ],
    [
      'the user’s role changes',
      async () => {
        const { token, id } = await user(world, 'manager');
        return { token, end: () => admin().patch(`/v1/users/${id}`, { role: 'agent' }) };
      },
    ],
  ])('ends when %s', async (_what, credential) => {
    const { token, end } = await credential();
    const stream = await follow(token);
    const other = await follow(world.users.admin.token);
    await live(stream);
    await live(other);
    await end();
    await stream.ended;
    const later = await newContact('later');
    await eventually('the other goes on', () => Promise.resolve(other.subjects().includes(later)));
    expect(stream.subjects()).not.toContain(later);
  });

  it('refuses cursors that are none of ours before it begins', async () => {
    expect(await admin().get('/v1/events/stream?after=x')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/query/after', code: 'bad_cursor' }] },
    });
    const headers = { 'Last-Event-ID': '1-1; DROP TABLE event' };
    expect(await admin().get('/v1/events/stream', { headers })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/header/Last-Event-ID', code: 'bad_cursor' }] },
    });
  });

  it('holds only so many streams of one credential, and lets go of those that ended', async () => {
    const { token } = world.users.admin;
    const streams = [await follow(token), await follow(token), await follow(token)];
    expect(await admin().get('/v1/events/stream')).toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
    });
    streams[0]?.leave();
    await eventually('a place is free', async () => {
      const answer = await admin().get('/v1/events/stream');
      return answer.status === 200;
    });
  });
});

describe('many readers', () => {
  const isRead = (text: string) =>
    text.includes('LIMIT') && text.includes('AS cursor') && !text.includes('LATERAL');
  const isLook = (text: string) => text.includes('LATERAL');

  it('share the questions to the database, and ask none while nothing happens', async () => {
    const recorded = recordQueries(database);
    const { queries } = recorded;
    const streams = createEventStreams(recorded.database, { lookEveryMs: 20 });
    const abort = new AbortController();
    const texts: string[] = [];
    try {
      const managers = [await user(world, 'manager'), await user(world, 'manager')];
      for (const reader of [0, 1, 2, 3, 4, 5]) {
        const identity = await authenticate(database, `Bearer ${managers[reader % 2]?.token ?? ''}`);
        const context = {
          ...systemContext({
            companyId: world.companyId,
            database: recorded.database,
            actor: { type: 'user', userId: identity.userId },
          }),
          role: identity.role,
        };
        const stream = streams.open(context, identity, { after: '0-0', signal: abort.signal });
        texts[reader] = '';
        stream.on('data', (chunk: string) => {
          texts[reader] += chunk;
        });
      }
      const looks = () => queries.filter(({ text }) => isLook(text)).length;
      const moreLooks = async (count: number) => {
        const before = looks();
        await eventually(`${count} more looks`, () => Promise.resolve(looks() >= before + count));
      };
      await eventually('all are live', () => Promise.resolve(texts.every((text) => text.includes(': live'))));
      await moreLooks(3);
      const quiet = queries.length;
      await moreLooks(5);
      expect(queries.slice(quiet).filter(({ text }) => isRead(text))).toEqual([]);
      const busy = queries.length;
      const created = await newContact('news for six');
      await eventually('all six have it', () =>
        Promise.resolve(texts.every((text) => text.includes(created))),
      );
      let sinceLook: string[] = [];
      for (const { text, values } of queries.slice(busy)) {
        if (isLook(text)) sinceLook = [];
        if (isRead(text)) sinceLook.push(JSON.stringify(values));
        expect(new Set(sinceLook).size).toBe(sinceLook.length);
      }
    } finally {
      abort.abort();
      streams.close();
    }
  });
});

describe('the process', () => {
  it('ends its streams when it stops, and they go on elsewhere', async () => {
    const process = await startApi({ DATABASE_URL: database.url });
    const stream = await follow(world.users.admin.token, { url: process.url });
    const made = await newContact('before the stop');
    await stream.arrived([made]);
    process.signal('SIGTERM');
    await stream.ended;
    expect({ ...(await process.ended), standardError: process.errorOutput() }).toMatchObject({
      code: 0,
      standardError: '',
    });
    const next = await newContact('after the stop');
    const elsewhere = await follow(world.users.admin.token, {
      headers: { 'Last-Event-ID': stream.lastId() },
    });
    await elsewhere.arrived([next]);
  });
});

describe('a client that does not read', () => {
  const slow = testApi(database, { eventStreams: { lookEveryMs: 50, slowReaderMs: 500 } });

  it('is cut off, and others go on', async () => {
    await database.pool.query(
      `INSERT INTO event (company_id, id, kind, subject_id, actor, after)
       SELECT $1, 'evt_' || lpad(turn::text, 26, '0'), 'test.big', 'big', '{"type":"system","process":"seed"}',
         to_jsonb(repeat('x', 100000)) FROM generate_series(1, 120) AS turn`,
      [world.companyId],
    );
    const { hostname, port } = new URL(slow.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v1/events/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${world.users.admin.token}\r\n\r\n`,
    );
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    await eventually('the server has let go of it', () =>
      Promise.resolve(
        slow.log.lines().some(({ route, finished }) => route === '/v1/events/stream' && finished === false),
      ),
    );
    const reader = await follow(world.users.admin.token, { url: slow.url });
    await eventually('the whole history', () => Promise.resolve(reader.subjects().length >= 120));
    socket.destroy();
    await closed;
  });
});

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { bodySchema, type Member, membersOf, withValue } from '../support/bad-bodies';
import { callerRole, severalAtOnce } from '../support/callers';
import { operations } from '../support/contract';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { addressOf, exampleOf, routesWithExample } from '../support/examples';
import { company, type Everything, everything, uniqueEmail } from '../support/factories';
import { type HealthTimes, watchHealth } from '../support/health-watch';
import { type ApiProcess, killPrograms, startApi } from '../support/processes';
import { exchange, openConnection, type RawConnection, requestText } from '../support/raw-http';

/** What the process promises on a processor that it has for itself. */
const promisedMs = 100;

/** Of a test: the machine may do much else. */
jest.setTimeout(180_000);

const database = testDatabase();
let world: Everything;
let server: ApiProcess;

beforeAll(async () => {
  world = await everything(await company(database));
  server = await measuredApi();
  database.beforeClose(killPrograms);
}, 90_000);

function measuredApi(environment: Readonly<Record<string, string>> = {}): Promise<ApiProcess> {
  return startApi({
    DATABASE_URL: database.url,
    REQUESTS_PER_MINUTE: '1000000',
    TRUSTED_PROXIES: '1',
    NODE_OPTIONS: `--require ${JSON.stringify(require.resolve('../support/event-loop-meter.cjs'))}`,
    ...environment,
  });
}

/** The longest stretch since the last call for which the process kept its event loop from answering. */
async function heldUpMs(api: ApiProcess): Promise<number> {
  const said = api.output().length;
  api.signal('SIGUSR2');
  const told = await eventually('how long the event loop was held up', () =>
    Promise.resolve(/"msg":"held up","milliseconds":([\d.]+)\}/.exec(api.output().slice(said))?.[1]),
  );
  return Number(told);
}

interface Times extends HealthTimes {
  readonly heldUpMs: number;
}

/** The health of the process while the attack lasts, and a moment longer. */
async function during(api: ApiProcess, attack: () => Promise<unknown>): Promise<Times> {
  await heldUpMs(api);
  const watch = watchHealth(api.url);
  const [outcome] = await Promise.allSettled([attack().then(() => delay(100))]);
  const times = await watch.stop();
  if (outcome.status === 'rejected') throw outcome.reason;
  return { ...times, heldUpMs: await heldUpMs(api) };
}

/**
 * Every question for the health was answered, and nothing kept the process from answering it for longer than it
 * promises: measured as processor time of its main thread, which is nearly the same on a busy machine. The best of
 * three tries counts: a collection of garbage comes when it comes, a processor that is shared takes longer for the same
 * work, and what an attack itself costs it costs each time. The first holidays have one try, since they are a first
 * time only once. How long the answers took by the clock is printed and not asserted: it holds what the machine did
 * beside.
 */
async function holds(what: string, attack: () => Promise<unknown>, tries = 3): Promise<void> {
  const { count, failures, medianMs, slowestMs, heldUpMs: longestMs } = await during(server, attack);
  process.stdout.write(
    `healthz during ${what}: ${count} answers, median ${medianMs.toFixed(1)} ms, slowest ${slowestMs.toFixed(1)} ms, held up for ${longestMs.toFixed(1)} ms at most\n`,
  );
  expect({ what, failures }).toEqual({ what, failures: 0 });
  if (longestMs >= promisedMs && tries > 1) return holds(what, attack, tries - 1);
  expect({ what, inTime: longestMs < promisedMs, longestMs }).toEqual({ what, inTime: true, longestMs });
}

function send(method: string, address: string, token: string, body?: string): Promise<number> {
  return fetch(`${server.url}${address}`, {
    method: method.toUpperCase(),
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  }).then(async (response) => {
    await response.arrayBuffer();
    return response.status;
  });
}

async function connections(count: number, bytes: string | Buffer): Promise<RawConnection[]> {
  const opened = await Promise.all(Array.from({ length: count }, () => openConnection(server.url)));
  for (const connection of opened) connection.send(bytes);
  return opened;
}

const withBody = routesWithExample.filter((route) => route.body !== undefined && route.access !== 'public');

/** Everything that fits a body of 250 kB and is no good. */
const bigBodies: readonly [string, string][] = [
  ['deep lists', `${'['.repeat(125_000)}${']'.repeat(125_000)}`],
  ['deep objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
  [
    'many members',
    JSON.stringify(Object.fromEntries(Array.from({ length: 18_000 }, (_unused, index) => [`m${index}`, 1]))),
  ],
  ['a long list', `[${'1,'.repeat(120_000)}1]`],
  ['the same member again and again', `{${'"name":1,'.repeat(25_000)}"name":1}`],
  ['a long text', JSON.stringify({ name: 'x'.repeat(250_000) })],
  ['a long number', `{"name":${'9'.repeat(250_000)}}`],
  ['escapes', `{"name":"${'\\u0041'.repeat(40_000)}"}`],
  ['__proto__', `{${'"__proto__":{"a":1},'.repeat(12_000)}"constructor":1}`],
];

describe('the process answers for its health in time', () => {
  it('and one that does not is noticed', async () => {
    const slow = await measuredApi({ TEST_HOLD_UP_MS: '150' });
    const times = await during(slow, () => delay(1_500));
    expect(times.heldUpMs).toBeGreaterThan(promisedMs);
    expect(times.slowestMs).toBeGreaterThan(promisedMs);
    await slow.kill();
  }, 90_000);

  it('beside 200 connections that trickle headers, 100 that trickle bodies and 100 that say nothing', async () => {
    const authorization = `Authorization: Bearer ${world.users.admin.token}`;
    const slowBody = requestText(
      'POST /v1/contacts HTTP/1.1',
      [authorization, 'Content-Type: application/json', 'Content-Length: 90000'],
      '{',
    );
    const held = [
      ...(await connections(200, 'GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ')),
      ...(await connections(100, slowBody)),
      ...(await connections(100, '')),
    ];
    await holds('slow clients', async () => {
      for (let beat = 0; beat < 25; beat++) {
        for (const connection of held.slice(0, 300)) connection.send('x');
        await delay(40);
      }
    });
    for (const connection of held) connection.close();
  });

  it('beside pipelined requests and pipelined garbage', async () => {
    const request = requestText('GET /v1/me HTTP/1.1', [`Authorization: Bearer ${world.users.admin.token}`]);
    const many = Buffer.concat(Array.from({ length: 30 }, () => request));
    const pipelining = async (): Promise<void> => {
      const held = [
        ...(await connections(10, many)),
        ...(await connections(50, Buffer.concat([request, Buffer.from('\u0000garbage\r\n\r\n')]))),
      ];
      await Promise.all(held.slice(0, 10).map((connection) => connection.replies(30)));
      for (const connection of held) connection.close();
    };
    await holds('pipelining', pipelining);
  });

  it('beside oversized requests, injected headers and hostile Hosts', async () => {
    const authorization = `Authorization: Bearer ${world.users.admin.token}`;
    const post = (header: string, body: string): Buffer =>
      requestText(
        'POST /v1/contacts HTTP/1.1',
        [authorization, 'Content-Type: application/json', header],
        body,
      );
    const megabyte = 'x'.repeat(1024 * 1024);
    const hostile: readonly [string | Buffer, number][] = [
      [post('Content-Length: 1048576', megabyte), 413],
      [post('Transfer-Encoding: chunked', `100000\r\n${megabyte}\r\n0\r\n\r\n`), 413],
      [requestText('GET /v1/me HTTP/1.1', [authorization, `X-Long: ${'x'.repeat(20_000)}`]), 431],
      [requestText(`GET /v1/contacts?${'x'.repeat(20_000)} HTTP/1.1`, [authorization]), 431],
      ['GET /v1/me HTTP/1.1\r\nHost: x\r\nX-A: b\u0000c\r\n\r\n', 400],
      ['GET /v1/me HTTP/1.1\r\nHost: x\r\nX-A: b\nX-B: c\r\n\r\n', 400],
      [requestText('GET /v1/me HTTP/1.1', [authorization, 'X-Request-Id: x%0d%0aSet-Cookie:a=b']), 200],
      [requestText('GET /v1/me HTTP/1.1', [authorization, 'Host: attacker.example:99999/..']), 200],
    ];
    await holds('hostile requests', () =>
      severalAtOnce(Array.from({ length: 25 }, () => hostile).flat(), async ([bytes, status]) => {
        const { replies } = await exchange(server.url, bytes);
        expect(replies.map((reply) => reply.status)).toEqual([status]);
      }),
    );
  });

  it.each(bigBodies)('beside bodies of %s', async (what, body) => {
    await holds(what, () =>
      severalAtOnce(withBody.slice(0, 12), async (route) => {
        const address = addressOf(route, await exampleOf(route, world));
        expect([400, 413, 415, 422]).toContain(
          await send(route.method, address, world.users[callerRole(route)].token, body),
        );
      }),
    );
  });

  it('beside 50 large bodies that are whole at the same instant', async () => {
    const members = Array.from({ length: 9_000 }, (_unused, index) => `"m${index}":1`).join();
    const request = requestText(
      'POST /v1/contacts HTTP/1.1',
      [
        `Authorization: Bearer ${world.users.admin.token}`,
        'Content-Type: application/json',
        `Content-Length: ${members.length + 2}`,
      ],
      `{${members}`,
    );
    await holds('bodies at once', async () => {
      const held = await connections(50, request);
      await delay(500);
      for (const connection of held) connection.send('}');
      const replies = await Promise.all(held.map((connection) => connection.replies(1)));
      expect([...new Set(replies.flat().map(({ status }) => status))]).toEqual([422]);
      for (const connection of held) connection.close();
    });
  });

  it('beside texts of 100 kB in every member of every body', async () => {
    const texts = ['a', ' ', '\n', '-', 'a.', '@a.', '0,'].map((piece) =>
      piece.repeat(Math.floor(100_000 / piece.length)),
    );
    const jobs: { address: string; method: string; token: string; body: string }[] = [];
    for (const route of withBody) {
      const operation = operations.find(({ operationId }) => operationId === route.operationId);
      const schema = operation === undefined ? undefined : bodySchema(operation);
      if (schema === undefined) continue;
      const example = await exampleOf(route, world);
      const token = world.users[callerRole(route)].token;
      membersOf(schema, example.body).forEach(({ pointer }: Member, index) => {
        const body = JSON.stringify(withValue(example.body, pointer, `${texts[index % texts.length]}!`));
        jobs.push({ address: addressOf(route, example), method: route.method, token, body });
      });
    }
    const accepted: string[] = [];
    expect(jobs.length).toBeGreaterThan(80);
    await holds('long texts', () =>
      severalAtOnce(jobs, async ({ address, method, token, body }) => {
        const status = await send(method, address, token, body);
        // Of blanks nothing but the last character is left; without Temporal a decision is then refused as that.
        const isBlank = /\s{100}|(\\n){100}/.test(body) && (status < 500 || status === 503);
        if (status !== 422 && !isBlank)
          accepted.push(`${method} ${address} ${body.length} ${status}: ${body.slice(0, 120)}`);
      }),
    );
    expect(accepted).toEqual([]);
  });

  it('beside 120 logins at once', async () => {
    const statuses = new Set<number>();
    await holds('logins', () =>
      Promise.all(
        Array.from({ length: 120 }, async (_unused, index) => {
          const response = await fetch(`${server.url}/v1/auth/login`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': `10.8.0.${index + 1}` },
            body: JSON.stringify({ email: uniqueEmail(), password: 'x'.repeat(200) }),
          });
          statuses.add(response.status);
        }),
      ),
    );
    expect([...statuses].sort()).toEqual([401, 429]);
  });

  it('beside the largest bodies that are good', async () => {
    const { token } = world.users.admin;
    const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
    const calendar = (): string =>
      JSON.stringify({
        name: `Large ${randomUUID()}`,
        timezone: 'America/New_York',
        weekly: Array.from({ length: 1_000 }, (_unused, index) => ({
          weekday: 1 + (index % 7),
          from: Math.floor(index / 7) * 10,
          to: Math.floor(index / 7) * 10 + 5,
        })).filter(({ to }) => to <= 1_440),
        exceptions: Array.from({ length: 4_000 }, (_unused, index) => ({ date: day(index), name: 'x' })),
      });
    const holidays = JSON.stringify({
      country: 'DE',
      years: Array.from({ length: 20 }, (_unused, index) => 2030 + index),
    });
    const event = (index: number) =>
      `BEGIN:VEVENT\r\nUID:${index}\r\nDTSTART;VALUE=DATE:19700101\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:x\r\nEND:VEVENT\r\n`;
    const feed = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${Array.from({ length: 150 }, (_unused, index) => event(index)).join('')}END:VCALENDAR\r\n`;
    const tickets = JSON.stringify({
      tickets: Array.from({ length: 100 }, () => ({ teamId: world.team.id, subject: 'x' })),
    });
    await holds('large calendars', async () => {
      expect(await send('post', '/v1/calendars', token, calendar())).toBe(201);
    });
    await holds(
      'holidays',
      async () => {
        expect(
          await send('post', `/v1/calendars/${world.officeCalendarId}/holidays/import`, token, holidays),
        ).toBe(200);
      },
      1,
    );
    const importFeed = async (body: string): Promise<number> => {
      const response = await fetch(`${server.url}/v1/calendars/${world.officeCalendarId}/holidays/import`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/calendar' },
        body,
      });
      await response.arrayBuffer();
      return response.status;
    };
    await holds('a feed that never ends', async () => expect(await importFeed(feed)).toBe(422));
    const never = feed.replaceAll('FREQ=SECONDLY', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30');
    await holds('holidays on each 30 February', async () => expect(await importFeed(never)).toBe(422));
    await holds('invoices as PDF', () =>
      severalAtOnce(Array.from({ length: 12 }), async () => {
        const response = await fetch(`${server.url}/v1/invoices/${world.postedInvoiceId}/pdf`, {
          headers: { Authorization: `Bearer ${token}` },
        });
        expect({ status: response.status, isPdf: (await response.text()).startsWith('%PDF') }).toEqual({
          status: 200,
          isPdf: true,
        });
      }),
    );
    await holds('a bulk of tickets', async () => {
      expect(await send('post', '/v1/tickets/bulk', token, tickets)).toBe(200);
    });
    const question = JSON.stringify({
      op: 'between',
      from: '2026-01-01T00:00:00Z',
      to: '2030-12-31T00:00:00Z',
    });
    await holds('long computations', () =>
      severalAtOnce(Array.from({ length: 12 }), async () => {
        expect(await send('post', `/v1/calendars/${world.officeCalendarId}/compute`, token, question)).toBe(
          200,
        );
      }),
    );
  });
  it('beside pages of the largest records, many at once', async () => {
    const { token } = world.users.admin;
    const exceptions = Array.from({ length: 4_000 }, (_unused, index) => ({
      date: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
      name: '日'.repeat(20),
    }));
    const actor = { type: 'user', userId: world.users.admin.id };
    await database.pool.query(
      `INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, before, after)
       SELECT $1, 'evt_' || lpad(n::text, 26, '0'), 'ticket.updated', $2, $2, $3, $4::jsonb, $4::jsonb
       FROM generate_series(1, 60) n`,
      [world.companyId, world.ticket.id, actor, JSON.stringify({ exceptions })],
    );
    await database.pool.query(
      `INSERT INTO message (company_id, id, ticket_id, user_id, body, format, internal)
       SELECT $1, 'msg_' || lpad(n::text, 26, '0'), $2, $3, repeat('長', 50000), 'text', false
       FROM generate_series(1, 200) n`,
      [world.companyId, world.ticket.id, world.users.admin.id],
    );
    const addresses = [`/v1/tickets/${world.ticket.id}/messages`, `/v1/tickets/${world.ticket.id}/events`];
    const many = Array.from({ length: 6 }, () => addresses).flat();
    await holds('large pages', async () => {
      const statuses = await Promise.all(many.map((address) => send('get', `${address}?limit=200`, token)));
      expect([...new Set(statuses)]).toEqual([200]);
    });
  });
});

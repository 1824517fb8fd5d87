import { connectionLimits } from '../../api/server';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, contact, type World } from '../support/factories';
import { hardeningProblems } from '../support/hardened';
import { exchange, openConnection, type RawReply, requestText } from '../support/raw-http';

const shortLimits = {
  headersTimeout: 300,
  requestTimeout: 600,
  keepAliveTimeout: 300,
  connectionsCheckingInterval: 50,
  silenceTimeout: 1_500,
};
const database = testDatabase();
const api = testApi(database, { limits: shortLimits, environment: { TRUSTED_PROXIES: '1' } });
/** Answers again only when what it was asked before is done with. */
const oneAtOnce = testApi(database, { environment: { REQUESTS_AT_ONCE: '1' } });
let world: World;
let contactId: string;
let authorization: string;

beforeAll(async () => {
  world = await company(database);
  contactId = await contact(world);
  authorization = `Authorization: Bearer ${world.users.admin.token}`;
});

function problemsOf(reply: RawReply): string[] {
  return hardeningProblems({
    status: reply.status,
    header: (name) => reply.headers.get(name)?.join(', ') ?? null,
    headerNames: [...reply.headers.keys()],
    text: reply.body,
  });
}

/** The one answer to these bytes, which must be as hardened as any. */
async function answerTo(bytes: string | Buffer): Promise<RawReply> {
  const { replies } = await exchange(api.url, bytes);
  const [reply] = replies;
  if (reply === undefined) throw new Error(`nothing was answered to ${bytes.toString().slice(0, 200)}`);
  expect(problemsOf(reply)).toEqual([]);
  return reply;
}

const health = requestText('GET /healthz HTTP/1.1');

afterEach(async () => {
  expect((await answerTo(health)).status).toBe(200);
});

describe('what is no request of HTTP', () => {
  it.each<[string, string | Buffer, number]>([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['TLS on a plain port', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['an unknown method', 'BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an unknown version', 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['an address with a space', 'GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a header without a colon', 'GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', 400],
    ['a space before the colon', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n', 400],
    ['a folded header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\u0000c\r\n\r\n', 400],
    ['a bare line feed in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\nX-B: c\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      400,
    ],
    ['a length that is none', 'POST /v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'an unknown encoding',
      'POST /v1/contacts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n',
      400,
    ],
    ['an expectation nobody knows', 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracle\r\n\r\n', 400],
    ['a header of 20 kB', requestText('GET /healthz HTTP/1.1', [`X-Long: ${'x'.repeat(20_000)}`]), 431],
    [
      '20 kB of headers',
      requestText(
        'GET /healthz HTTP/1.1',
        Array.from({ length: 1_000 }, (_u, index) => `X-${index}: some text`),
      ),
      431,
    ],
    ['an address of 20 kB', requestText(`GET /healthz?${'x'.repeat(20_000)} HTTP/1.1`), 431],
  ])('%s is refused as a problem document with every header', async (_what, bytes, status) => {
    const reply = await answerTo(bytes);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({
      status,
      instance: reply.headers.get('x-request-id')?.[0],
    });
    expect(reply.headers.get('connection')).toEqual(['close']);
  });

  it('chunks that are none end the request, and nothing is written', async () => {
    const before = await database.prisma.contact.count();
    for (const chunks of [
      'zz\r\n{}\r\n0\r\n\r\n',
      '-1\r\n\r\n',
      'ffffffffffffffffff\r\n{}',
      `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    ]) {
      const head = requestText('POST /v1/contacts HTTP/1.1', [
        authorization,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
      ]);
      const reply = await answerTo(Buffer.concat([head, Buffer.from(chunks)]));
      expect([400, 413]).toContain(reply.status);
    }
    expect(await database.prisma.contact.count()).toBe(before);
  });

  it('behind a good request never reaches the application, and the good one is answered or cut', async () => {
    const { replies, closed } = await exchange(
      api.url,
      Buffer.concat([health, Buffer.from('GARBAGE\r\n\r\n')]),
      2,
    );
    expect(replies.map((reply) => reply.status)).toEqual(
      replies.length === 0 ? [] : replies.length === 1 ? [expect.any(Number)] : [200, 400],
    );
    expect(closed).toBe(true);
  });

  it('a request smuggled in the body of another is not answered', async () => {
    const smuggled = requestText('DELETE /v1/api-keys/all HTTP/1.1', [authorization]);
    const { replies } = await exchange(
      api.url,
      Buffer.concat([requestText('GET /healthz HTTP/1.1', [], smuggled), health]),
      2,
    );
    expect(replies.map((reply) => reply.status)).toEqual([200, 200]);
  });
});

describe('slow and silent clients', () => {
  it('the limits of production are these', () => {
    expect(connectionLimits).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 75_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
      silenceTimeout: 90_000,
      pipelinedRequests: 32,
      unreadBytes: 67_108_864,
      unreadCheckingInterval: 100,
    });
  });

  it.each<[string, string]>([
    ['nothing at all', ''],
    ['half a request line', 'GET /heal'],
    ['half the headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A'],
  ])('after %s are told so and cut off', async (_what, bytes) => {
    const connection = await openConnection(api.url);
    connection.send(bytes);
    await connection.ended();
    const [reply] = await connection.replies(1);
    connection.close();
    expect(reply?.status).toBe(408);
    expect(problemsOf(reply as RawReply)).toEqual([]);
  });

  it('who go on a byte at a time are cut off all the same', async () => {
    const connection = await openConnection(api.url);
    connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const trickle = setInterval(() => connection.send('x'), 40);
    await connection.ended();
    clearInterval(trickle);
    expect((await connection.replies(1))[0]?.status).toBe(408);
    connection.close();
  });

  it('with a body that never ends are cut off, hold no connection of the database and write nothing', async () => {
    const before = await database.prisma.contact.count();
    const slow = await Promise.all(Array.from({ length: 30 }, () => openConnection(api.url)));
    for (const connection of slow) {
      connection.send(
        requestText(
          'POST /v1/contacts HTTP/1.1',
          [authorization, 'Content-Type: application/json', 'Content-Length: 5000'],
          '{"kind":"person",',
        ),
      );
    }
    const meanwhile = await answerTo(requestText(`GET /v1/contacts/${contactId} HTTP/1.1`, [authorization]));
    expect(meanwhile.status).toBe(200);
    await Promise.all(slow.map((connection) => connection.ended()));
    for (const connection of slow) {
      expect((await connection.replies(1))[0]?.status).toBe(408);
      connection.close();
    }
    expect(await database.prisma.contact.count()).toBe(before);
  });

  it('who do not take their answer are cut off, also while they go on sending line ends', async () => {
    const connection = await openConnection(api.url);
    connection.socket.pause();
    // More than the kernel buffers on the way.
    const large = requestText('GET /docs/assets/swagger-ui-bundle.js HTTP/1.1');
    connection.send(
      Buffer.concat(Array.from({ length: connectionLimits.pipelinedRequests - 1 }, () => large)),
    );
    // An empty line is no beginning of a request (RFC 9112 §2.2), and shows this side when the other has gone.
    const trickle = setInterval(() => connection.send('\r\n'), 50);
    try {
      await connection.ended(20_000);
    } finally {
      clearInterval(trickle);
      connection.close();
    }
  });

  it('who send requests far ahead of their answers get the first ones, and nothing else is done', async () => {
    const before = await database.prisma.contact.count();
    const connection = await openConnection(api.url);
    const create = requestText(
      'POST /v1/contacts HTTP/1.1',
      [authorization, 'Content-Type: application/json'],
      '{"kind":"person","name":"Ahead"}',
    );
    connection.send(Buffer.concat(Array.from({ length: 200 }, () => create)));
    await connection.ended();
    const replies = await connection.replies(connectionLimits.pipelinedRequests);
    connection.close();
    expect(replies.map(({ status }) => status)).toEqual(
      Array.from({ length: connectionLimits.pipelinedRequests }, () => 201),
    );
    expect(replies.at(-1)?.headers.get('connection')).toEqual(['close']);
    expect(await database.prisma.contact.count()).toBe(before + connectionLimits.pipelinedRequests);
  });

  it('who close their half are answered what is known at once', async () => {
    const connection = await openConnection(api.url);
    connection.socket.end(health);
    expect((await connection.replies(1))[0]?.status).toBe(200);
    connection.close();
  });

  it('who close their half have left for all that takes longer, and learn by their key what came of it', async () => {
    const before = await database.prisma.contact.count();
    const contactDraft = { kind: 'person', name: 'Half closed' };
    const key = 'half-closed-1';
    const connection = await openConnection(api.url);
    connection.socket.end(
      requestText(
        'POST /v1/contacts HTTP/1.1',
        [authorization, 'Content-Type: application/json', `Idempotency-Key: ${key}`],
        JSON.stringify(contactDraft),
      ),
    );
    await connection.ended();
    expect(await connection.replies(1)).toEqual([]);
    connection.close();
    const client = api.client(world.users.admin.token);
    const again = await client.post('/v1/contacts', contactDraft, { headers: { 'Idempotency-Key': key } });
    expect(again.status).toBe(201);
    expect(await database.prisma.contact.count()).toBe(before + 1);
  });

  it('who vanish in the middle leave nothing behind', async () => {
    const before = await database.prisma.contact.count();
    const body = JSON.stringify({ kind: 'person', name: 'Half' });
    for (const share of [0.1, 0.5, 0.9]) {
      const bytes = requestText(
        'POST /v1/contacts HTTP/1.1',
        [authorization, 'Content-Type: application/json'],
        body,
      );
      const connection = await openConnection(api.url);
      connection.send(bytes.subarray(0, Math.floor(bytes.length * share)));
      connection.socket.resetAndDestroy();
    }
    expect((await answerTo(health)).status).toBe(200);
    expect(await database.prisma.contact.count()).toBe(before);
  });
});

describe('who leaves while the caller is still being looked up', () => {
  it('has nothing done by a body that nobody read', async () => {
    const path = `/v1/contacts/${contactId}`;
    const contactNow = () => database.prisma.contact.findFirstOrThrow({ where: { id: contactId } });
    const before = await contactNow();
    const lock = await database.pool.connect();
    try {
      await lock.query('BEGIN');
      await lock.query('LOCK TABLE session IN ACCESS EXCLUSIVE MODE');
      const connection = await openConnection(oneAtOnce.url);
      connection.send(
        requestText(
          `PATCH ${path} HTTP/1.1`,
          [authorization, 'Content-Type: application/json'],
          '{"phone":"+49 30 1234567"}',
        ),
      );
      await eventually('the request waits', async () => {
        const { rows } = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      connection.close();
      await eventually('the API knows that its client is gone', async () =>
        oneAtOnce.log.lines().some(({ method, finished }) => method === 'PATCH' && finished === false),
      );
    } finally {
      await lock.query('ROLLBACK');
      lock.release();
    }
    const client = oneAtOnce.client(world.users.admin.token);
    await eventually('the request is done with', async () => (await client.get(path)).status === 200);
    expect(await contactNow()).toEqual(before);
  });
});

describe('headers a stranger makes up', () => {
  const marker = 'attacker.example';

  it.each<[string, string[]]>([
    ['Host', [`Host: ${marker}`]],
    ['Host with a port and a path', [`Host: ${marker}:99999/..`]],
    [
      'X-Forwarded-*',
      [
        `X-Forwarded-Host: ${marker}`,
        'X-Forwarded-Proto: javascript',
        `X-Forwarded-For: ${marker}`,
        `Forwarded: for=${marker};host=${marker}`,
      ],
    ],
    [
      'X-Original-URL',
      [`X-Original-URL: /v1/users`, 'X-Rewrite-URL: /v1/users', 'X-HTTP-Method-Override: DELETE'],
    ],
    ['a request id with a break in it', [`X-Request-Id: ${marker}%0d%0aSet-Cookie:a=b`]],
    ['a request id that is too long', [`X-Request-Id: ${marker.repeat(20)}`]],
    ['a request id of a script', [`X-Request-Id: <script>${marker}</script>`]],
    ['Origin and Referer', [`Origin: https://${marker}`, `Referer: https://${marker}/`]],
    [
      'Accept and its kin',
      [
        `Accept: text/${marker}`,
        `Accept-Language: ${marker}`,
        `Accept-Encoding: ${marker}`,
        `User-Agent: ${marker}`,
      ],
    ],
    ['two credentials', [`Authorization: Bearer ${marker}`]],
  ])('%s come back nowhere', async (_what, headers) => {
    for (const line of [
      `GET /v1/contacts/${contactId} HTTP/1.1`,
      'GET /v1/nothing HTTP/1.1',
      'POST /v1/contacts HTTP/1.1',
      'GET /docs HTTP/1.1',
    ]) {
      const reply = await answerTo(requestText(line, [authorization, ...headers]));
      expect(reply.status).toBeLessThan(500);
      expect(JSON.stringify([...reply.headers])).not.toContain(marker);
      expect(reply.body).not.toContain(marker);
    }
    expect(api.log.text()).not.toContain(marker);
  });

  it('bytes beyond ASCII in any header are no defect of ours', async () => {
    for (const name of [
      'X-Request-Id',
      'If-Match',
      'If-None-Match',
      'Prefer',
      'Idempotency-Key',
      'Authorization',
      'Content-Type',
      'Accept',
      'Range',
      'If-Range',
      'If-Modified-Since',
    ]) {
      for (const value of ['ÿþý', '"', '*,*', 'bytes=9-1', 'x'.repeat(8_000), ',,,,;;;;====']) {
        const reply = await answerTo(
          requestText(
            `PATCH /v1/contacts/${contactId} HTTP/1.1`,
            [
              ...(name === 'Authorization' ? [] : [authorization]),
              ...(name === 'Content-Type' ? [] : ['Content-Type: application/json']),
              `${name}: ${value}`,
            ],
            '{"phone":null}',
          ),
        );
        expect({ name, value, server: reply.status >= 500 }).toEqual({ name, value, server: false });
        const page = await answerTo(
          requestText('GET /docs/assets/swagger-ui.css HTTP/1.1', [`${name}: ${value}`]),
        );
        expect({ name, value, server: page.status >= 500 }).toEqual({ name, value, server: false });
      }
    }
  });
});

describe('other origins', () => {
  const origins = [
    'https://attacker.example',
    'null',
    'http://127.0.0.1',
    'http://localhost:3000',
    'https://keepdesk.test.attacker.example',
    '',
  ];

  it.each([
    '/v1/contacts',
    '/v1/auth/login',
    '/v1/nothing',
    '/healthz',
    '/openapi.json',
    '/docs',
    '/docs/start.js',
    '/',
  ])('get no permission at %s', async (path) => {
    for (const origin of origins) {
      const asked = [
        `Origin: ${origin}`,
        'Access-Control-Request-Method: POST',
        'Access-Control-Request-Headers: authorization',
        'Access-Control-Request-Private-Network: true',
      ];
      const preflight = await answerTo(requestText(`OPTIONS ${path} HTTP/1.1`, asked));
      expect({ path, origin, allowed: preflight.status < 400 }).toEqual({ path, origin, allowed: false });
      const simple = await answerTo(
        requestText(`GET ${path} HTTP/1.1`, [`Origin: ${origin}`, authorization]),
      );
      expect(simple.headers.get('vary') ?? []).not.toContain('Origin');
    }
  });
});

describe('addresses', () => {
  const id = (): string => contactId;
  const tricks: readonly [string, () => string][] = [
    ['a double slash', () => `//v1/contacts/${id()}`],
    ['a double slash inside', () => `/v1//contacts/${id()}`],
    ['a trailing slash', () => `/v1/contacts/${id()}/`],
    ['an encoded slash', () => `/v1%2Fcontacts/${id()}`],
    ['a backslash', () => `/v1\\contacts\\${id()}`],
    ['dots', () => `/v1/teams/../contacts/${id()}`],
    ['encoded dots', () => `/v1/teams/%2e%2e/contacts/${id()}`],
    ['twice encoded dots', () => `/v1/teams/%252e%252e/contacts/${id()}`],
    ['NUL behind', () => `/v1/contacts/${id()}%00`],
    ['NUL and an extension', () => `/v1/contacts/${id()}%00.json`],
    ['a path parameter', () => `/v1/contacts;admin=true/${id()}`],
    ['a path parameter behind', () => `/v1/contacts/${id()};.css`],
    ['upper case', () => `/V1/CONTACTS/${id()}`],
    ['an encoded letter', () => `/v1/%63ontacts/${id()}`],
    ['overlong UTF-8', () => `/v1/contacts/%c0%ae%c0%ae/${id()}`],
    ['half an escape', () => `/v1/contacts/${id()}%`],
    ['half a surrogate pair', () => `/v1/contacts/%ed%a0%80`],
    ['a full address in place of the path', () => `http://attacker.example/v1/nothing/${id()}`],
    ['an asterisk', () => '*'],
    ['nothing but a query', () => '/?/v1/contacts'],
    ['files of the viewer', () => '/docs/assets/package.json'],
    ['files beside the viewer', () => '/docs/assets/..%2f..%2fexpress%2fpackage.json'],
    ['the sources', () => '/api/main.ts'],
    ['hidden files', () => '/.env'],
    ['figures', () => '/metrics'],
  ];

  it.each(tricks)('with %s lead nowhere', async (_what, address) => {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const reply = await answerTo(requestText(`${method} ${address()} HTTP/1.1`, [authorization]));
      expect({ method, status: reply.status }).toEqual({ method, status: expect.any(Number) });
      expect([400, 404, 405, 422]).toContain(reply.status);
    }
    const stranger = await answerTo(requestText(`GET ${address()} HTTP/1.1`));
    expect([400, 401, 404]).toContain(stranger.status);
  });

  it('tunnels and upgrades are not opened', async () => {
    const connect = await exchange(
      api.url,
      'CONNECT attacker.example:443 HTTP/1.1\r\nHost: attacker.example:443\r\n\r\n',
    );
    expect(connect.replies.every((reply) => reply.status >= 400)).toBe(true);
    const upgrade = await answerTo(
      requestText('GET /v1/me HTTP/1.1', [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
    );
    expect(upgrade.status).toBe(401);
    const trace = await answerTo(requestText('TRACE /v1/me HTTP/1.1', [authorization]));
    expect(trace.status).toBe(405);
    expect(trace.body).not.toContain(world.users.admin.token);
  });
});

describe('names that mean something to the language', () => {
  it('pollute nothing, in bodies and queries', async () => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      '__defineGetter__',
      'then',
    ];
    for (const name of names) {
      const bodies = [
        `{"${name}":{"polluted":1}}`,
        `{"kind":"person","name":"x","${name}":{"polluted":1}}`,
        `{"${name}":{"prototype":{"polluted":1}}}`,
        `[{"${name}":{"polluted":1}}]`,
      ];
      for (const body of bodies) {
        const reply = await answerTo(
          requestText('POST /v1/contacts HTTP/1.1', [authorization, 'Content-Type: application/json'], body),
        );
        expect({ body, status: reply.status }).toEqual({ body, status: 422 });
      }
      for (const query of [`${name}=1`, `${name}[polluted]=1`, `${name}.polluted=1`, `limit[${name}]=1`]) {
        const reply = await answerTo(requestText(`GET /v1/contacts?${query} HTTP/1.1`, [authorization]));
        expect({ query, status: reply.status }).toEqual({ query, status: 422 });
      }
      const path = await answerTo(requestText(`GET /v1/contacts/${name} HTTP/1.1`, [authorization]));
      expect(path.status).toBe(422);
    }
    expect('polluted' in {}).toBe(false);
  });
});

describe('the pages', () => {
  it('hold no script and no style inside them, and load nothing from elsewhere', async () => {
    for (const path of ['/docs', '/docs/problems']) {
      const { body, status } = await answerTo(requestText(`GET ${path} HTTP/1.1`));
      expect(status).toBe(200);
      expect(body).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
      expect(body).not.toMatch(/\son\w+=|javascript:|<style/);
      for (const [, address] of body.matchAll(/\s(?:src|href)="([^"]*)"/g))
        expect(address).toMatch(/^\/[^/]/);
    }
    for (const path of [
      '/docs/start.js',
      '/docs/assets/swagger-ui.css',
      '/docs/assets/swagger-ui-bundle.js',
    ]) {
      expect((await answerTo(requestText(`GET ${path} HTTP/1.1`))).status).toBe(200);
    }
  });
});

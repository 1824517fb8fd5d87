import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { moveStageSignal } from '../../workflows/ticket/messages';
import { eventually } from '../support/eventually';

/** The stack as `npm start` runs it, with nothing of the tests inside. */
const root = resolve(__dirname, '../..');
const dataDir = mkdtempSync(join(tmpdir(), 'keepdesk-e2e-'));

interface Stack {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

let ports: { api: number; ui: number; smtp: number };
let stack: Stack;

jest.setTimeout(120_000);

function freePort(): Promise<number> {
  return new Promise((answer, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => answer(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function start(environment: Readonly<Record<string, string>> = {}): Stack {
  const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _temporal, ...inherited } = process.env;
  const child = spawn(process.execPath, ['scripts/supervisor.mjs'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      DATA_DIR: dataDir,
      PORT: String(ports.api),
      TEMPORAL_UI_PORT: String(ports.ui),
      SMTP_PORT: String(ports.smtp),
      ...environment,
    },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<number | null>((answer) => child.once('exit', (code) => answer(code)));
  return { child, output: () => text, ended };
}

const ready = (of: Stack): Promise<boolean> =>
  eventually(
    'the stack is ready',
    () => {
      if (of.child.exitCode !== null) throw new Error(`it ended: ${of.output()}`);
      return Promise.resolve(of.output().includes('Ctrl-C stops everything'));
    },
    90_000,
  );

interface Credentials {
  readonly apiUrl: string;
  readonly apiKeys: readonly { readonly role: string; readonly key: string }[];
  readonly users: readonly { readonly role: string; readonly email: string; readonly password: string }[];
}

const credentials = (): Credentials =>
  JSON.parse(readFileSync(join(dataDir, 'demo-credentials.json'), 'utf8')) as Credentials;

async function call<Body>(
  method: string,
  path: string,
  body?: object,
  role = 'agent',
): Promise<{ status: number; body: Body }> {
  const { apiUrl, apiKeys } = credentials();
  const key = apiKeys.find((each) => each.role === role)?.key ?? '';
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const stageOf = async (ticketId: string): Promise<string> =>
  (await call<{ stageId: string }>('GET', `/v1/tickets/${ticketId}`)).body.stageId;

beforeAll(async () => {
  ports = { api: await freePort(), ui: await freePort(), smtp: await freePort() };
  stack = start();
  await ready(stack);
}, 120_000);

afterAll(async () => {
  if (stack.child.exitCode === null && stack.child.signalCode === null) stack.child.kill('SIGTERM');
  await stack.ended;
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

it('plays the main job on the first start and tells it with its addresses', () => {
  const story = stack.output();
  expect(story).toMatch(/A customer’s ticket arrived: #00001 {2}http/);
  expect(story).toMatch(/Its workflow runs in Temporal: http/);
  expect(story).toMatch(/Counted: 120 of 120 minutes/);
  expect(story).toMatch(/delivered 90 minutes/);
  expect(story).toMatch(/invoice INV\/\d{4}\/00001 of 142\.50 EUR; it is paid/);
  expect(story).toMatch(/from invoice to ticket: http/);
});

it('keeps random credentials of every role, readable by their owner only, and each of them works', async () => {
  expect(statSync(join(dataDir, 'demo-credentials.json')).mode & 0o777).toBe(0o600);
  const { apiUrl, apiKeys, users } = credentials();
  expect(users.map(({ role }) => role).sort()).toEqual(['admin', 'agent', 'finance', 'manager']);
  for (const { email, password, role } of users) {
    const response = await fetch(`${apiUrl}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(response.status).toBe(200);
    expect((await call('GET', '/v1/me', undefined, role)).status).toBe(200);
  }
  expect(new Set(apiKeys.map(({ key }) => key)).size).toBe(4);
});

it('moves a ticket on an operator’s signal, survives kill -9 of everything, and goes on where it was', async () => {
  const team = (await call<{ data: { id: string }[] }>('GET', '/v1/teams')).body.data[0];
  const stages = (await call<{ data: { id: string; name: string }[] }>('GET', `/v1/teams/${team?.id}/stages`))
    .body.data;
  const stageId = (name: string): string => stages.find((stage) => stage.name === name)?.id ?? '';
  const { body: ticket } = await call<{ id: string; nextDeadline: string }>('POST', '/v1/tickets', {
    teamId: team?.id,
    subject: 'The printer is on fire',
  });
  const temporalAddress = /^ {2}Temporal {2,}(127\.0\.0\.1:\d+)$/m.exec(stack.output())?.[1] ?? '';
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const handle = new Client({ connection }).workflow.getHandle(ticketWorkflowId(ticket.id));
    await eventually('the workflow runs', async () => (await handle.describe()).status.name === 'RUNNING');
    await handle.signal(moveStageSignal, { stageId: stageId('In Progress'), reason: 'from the Temporal UI' });
  } finally {
    await connection.close();
  }
  await eventually('the signal moved it', async () => (await stageOf(ticket.id)) === stageId('In Progress'));
  const before = (await call<{ body: unknown }>('GET', `/v1/tickets/${ticket.id}/sla`)).body;

  process.kill(-(stack.child.pid ?? 0), 'SIGKILL');
  await stack.ended;
  await eventually('nobody serves any more', () =>
    fetch(`${credentials().apiUrl}/healthz`).then(
      () => false,
      () => true,
    ),
  );
  const startedAt = Date.now();
  stack = start();
  await ready(stack);
  expect(Date.now() - startedAt).toBeLessThan(10_000);

  expect(stack.output()).not.toMatch(/Creating the demo company|A customer’s ticket arrived/);
  expect(await stageOf(ticket.id)).toBe(stageId('In Progress'));
  const after = (await call<{ clocks: { deadline: string }[] }>('GET', `/v1/tickets/${ticket.id}/sla`)).body;
  expect(after.clocks.map(({ deadline }) => deadline)).toEqual(
    (before as unknown as typeof after).clocks.map(({ deadline }) => deadline),
  );
  const moved = await call<{ stageId: string }>('POST', `/v1/tickets/${ticket.id}/move`, {
    stageId: stageId('Solved'),
  });
  expect(moved).toMatchObject({ status: 200, body: { stageId: stageId('Solved') } });
});

it('ends a start that cannot succeed with one sentence and no stack trace', async () => {
  const attempts = [
    { environment: {}, sentence: /already runs|in use/ },
    { environment: { DATA_DIR: join(dataDir, 'other') }, sentence: /port .*in use|in use/i },
    { environment: { DATA_DIR: join(dataDir, 'third'), PORT: 'seven' }, sentence: /PORT/ },
    {
      environment: {
        DATA_DIR: join(dataDir, 'fourth'),
        PORT: String(await freePort()),
        TEMPORAL_UI_PORT: String(await freePort()),
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      },
      sentence: /DATABASE_URL|PostgreSQL/,
    },
  ];
  for (const { environment, sentence } of attempts) {
    const failed = start(environment);
    expect(await failed.ended).toBe(1);
    expect(failed.output()).toMatch(sentence);
    expect(failed.output()).not.toMatch(/^\s+at /m);
  }
});

it('stops everything on SIGTERM', async () => {
  stack.child.kill('SIGTERM');
  expect(await stack.ended).toBe(0);
  expect(stack.output()).toMatch(/Stopped\./);
  await expect(fetch(`${credentials().apiUrl}/healthz`)).rejects.toThrow();
});

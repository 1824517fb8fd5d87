import { stat } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { type ApiClient, clientOf } from '../support/api-client';
import { document } from '../support/contract';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/free-ports';
import { type RunningProcess, startNode } from '../support/processes';
import { type Credentials, type DataFolder, dataFolder, isAlive } from './supervised';

const startLimitMs = 10_000;

let folder: DataFolder;
let stack: RunningProcess;
let credentials: Credentials;
/** The ticket that the tests follow through the stack's life. */
let ticket: { readonly id: string; readonly reference: string; readonly number: number };
let stages: readonly { readonly id: string; readonly name: string }[];

beforeAll(async () => {
  folder = await dataFolder();
  stack = await folder.start();
  credentials = await folder.credentials();
}, 240_000);

afterAll(() => folder.remove(), 90_000);

const as = (role: string): ApiClient =>
  clientOf(() => credentials.apiUrl, credentials.apiKeys.find((each) => each.role === role)?.key ?? '');

const stageId = (name: string): string => stages.find((stage) => stage.name === name)?.id ?? '';

/** Asks the Temporal UI's own server, as its pages do: a question with a body carries the token of its cookie. */
async function temporalUi<Body>(path: string, body?: object): Promise<Body> {
  const address = `${credentials.temporalUiUrl}/api/v1/namespaces/default${path}`;
  const page = await fetch(credentials.temporalUiUrl);
  const token = /_csrf=([^;]+)/.exec(page.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const headers = {
    'Content-Type': 'application/json',
    Cookie: `_csrf=${token}`,
    'X-CSRF-TOKEN': token,
  };
  const response = await fetch(
    address,
    body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  expect(response.status).toBe(200);
  return (await response.json()) as Body;
}

const storyParts = [
  'A customer’s ticket arrived: #00001',
  `/namespaces/default/workflows/ticket-tkt_`,
  'It waits for',
  'is due 20',
  'counts ',
  'moved it to In Progress, through the workflow',
  'delivered 90 minutes',
  'The ticket is solved; its SLA is reached',
  'it is paid',
  '/trace',
];

test('the first start tells the main job as a story, with addresses and credentials for one of each role', async () => {
  const output = stack.output();
  for (const part of storyParts) expect(output).toContain(part);
  expect(output).toContain(`Keepdesk is ready: http://127.0.0.1:${folder.environment.PORT}`);
  expect(output).not.toMatch(/^\s+at |error/im);
  const { mode } = await stat(join(folder.path, 'demo-credentials.json'));
  expect(mode & 0o777).toBe(0o600);
  const roles = ['admin', 'agent', 'finance', 'manager'];
  expect(credentials.users.map(({ role }) => role)).toEqual(expect.arrayContaining(roles));
  expect(credentials.apiKeys.map(({ role }) => role).sort()).toEqual(
    credentials.users.map(({ role }) => role).sort(),
  );
  for (const { email, password } of credentials.users) expect(output).toContain(`${email}  ${password}`);
});

test('the demo credentials log in', async () => {
  for (const { role, email, password } of credentials.users) {
    const login = await clientOf(() => credentials.apiUrl).post<{ token: string }>('/v1/auth/login', {
      email,
      password,
    });
    const { body } = await clientOf(() => credentials.apiUrl, login.body.token).get<{ role: string }>(
      '/v1/me',
    );
    expect(body).toEqual(expect.objectContaining({ role }));
  }
});

test('the document it serves, which the build has written, is that of its routes', async () => {
  const served = await fetch(`${credentials.apiUrl}/openapi.json`);
  expect(await served.json()).toEqual(document);
});

test('the main job over HTTP: ticket, promise, move, time, delivered, invoice, payment, trace', async () => {
  const teams = await as('agent').get<{ data: { id: string }[] }>('/v1/teams?limit=1&sort=createdAt');
  const teamId = teams.body.data[0]?.id ?? '';
  stages = (await as('agent').get<{ data: typeof stages }>(`/v1/teams/${teamId}/stages`)).body.data;
  const contacts = await as('agent').get<{ data: { id: string; organisationId: string }[] }>(
    '/v1/contacts?email=mara@harbour-books.example',
  );
  const [contact] = contacts.body.data;
  const products = await as('finance').get<{ data: { id: string; invoicing: string; currency: string }[] }>(
    '/v1/products',
  );
  const product = products.body.data.find(({ invoicing }) => invoicing === 'time_and_materials');
  const { body: order } = await as('finance').post<{ id: string; lines: { id: string }[] }>(
    '/v1/sale-orders',
    {
      contactId: contact?.organisationId,
      currency: product?.currency,
      lines: [{ productId: product?.id }],
    },
  );
  await as('finance').post(`/v1/sale-orders/${order.id}/confirm`, {});

  const created = await as('agent').post<typeof ticket & { nextDeadline: string }>('/v1/tickets', {
    teamId,
    subject: 'No mail arrives since noon',
    contactId: contact?.id,
    saleOrderLineId: order.lines[0]?.id,
  });
  expect(created.status).toBe(201);
  expect(Date.parse(created.body.nextDeadline)).toBeGreaterThan(Date.now());
  ticket = created.body;
  const moved = await as('agent').post<{ stageId: string }>(`/v1/tickets/${ticket.id}/move`, {
    stageId: stageId('In Progress'),
  });
  expect([moved.status, moved.body.stageId]).toEqual([200, stageId('In Progress')]);
  const logged = await as('agent').post<{ billing: { state: string } }>(
    '/v1/timesheets',
    {
      ticketId: ticket.id,
      date: new Date().toISOString().slice(0, 10),
      minutes: 90,
      description: 'Cleaned the queue',
    },
    { headers: { Prefer: 'wait=30' } },
  );
  expect([logged.status, logged.body.billing.state]).toEqual([201, 'applied']);
  const sold = await as('finance').get<{ lines: { deliveredMinutes: number }[] }>(
    `/v1/sale-orders/${order.id}`,
  );
  expect(sold.body.lines[0]?.deliveredMinutes).toBe(90);

  const draft = await as('finance').post<{ id: string }>(`/v1/sale-orders/${order.id}/invoices`, {});
  const address = `/v1/invoices/${draft.body.id}`;
  const posted = await as('finance').post<{ number: string; totalMinor: number }>(`${address}/post`, {});
  expect(posted.body.number).toMatch(/^INV\/\d{4}\/00002$/);
  const payment = await as('finance').post(`${address}/payments`, {
    amountMinor: posted.body.totalMinor,
    paidAt: new Date().toISOString(),
    method: 'bank_transfer',
    reference: 'statement 7',
  });
  expect(payment.status).toBe(201);
  expect((await as('finance').get<{ status: string }>(address)).body.status).toBe('paid');
  for (const trace of [`${address}/trace`, `/v1/tickets/${ticket.id}/trace`]) {
    const { text } = await as('finance').get(trace);
    expect(text).toContain(ticket.id);
    expect(text).toContain(draft.body.id);
  }
});

test('npm run demo plays the story again', async () => {
  const demo = startNode('dist/scripts/demo.js', [], { DATA_DIR: folder.path });
  expect(await demo.ended).toEqual({ code: 0, signal: null });
  const [, ...parts] = storyParts;
  for (const part of parts) expect(demo.output()).toContain(part);
});

interface Execution {
  readonly execution: { readonly workflowId: string };
  readonly type: { readonly name: string };
  readonly status: string;
  readonly searchAttributes: { readonly indexedFields: Readonly<Record<string, { readonly data: string }>> };
}

const decoded = (data: string | undefined): unknown =>
  data === undefined ? undefined : (JSON.parse(Buffer.from(data, 'base64').toString()) as unknown);

test('the Temporal UI finds the ticket by its reference and shows names, attributes, details and the timer', async () => {
  const workflowId = ticketWorkflowId(ticket.id);
  const query = encodeURIComponent(`TicketRef = '${ticket.reference}' AND Stage = 'In Progress'`);
  const found = await eventually('the ticket in the list', async () => {
    const { executions } = await temporalUi<{ executions: Execution[] }>(`/workflows?query=${query}`);
    return executions?.[0];
  });
  expect(found.execution.workflowId).toBe(workflowId);
  expect(found.type.name).toBe('ticket');
  const attributes = Object.fromEntries(
    Object.entries(found.searchAttributes.indexedFields).map(([name, { data }]) => [name, decoded(data)]),
  );
  expect(attributes).toMatchObject({
    CompanyId: credentials.companyId,
    TicketRef: ticket.reference,
    Stage: 'In Progress',
    SlaState: 'on_track',
    Priority: expect.any(Number),
    NextDeadline: expect.any(String),
    NeedsOperator: false,
  });

  const described = await temporalUi<{
    executionConfig: { userMetadata: { summary: { data: string } } };
  }>(`/workflows/${workflowId}`);
  expect(decoded(described.executionConfig.userMetadata.summary.data)).toBe(`Ticket ${ticket.reference}`);
  const queryType = '__temporal_workflow_metadata';
  const { queryResult } = await temporalUi<{ queryResult: { payloads: { data: string }[] } }>(
    `/workflows/${workflowId}/query/${queryType}`,
    { query: { queryType } },
  );
  const metadata = decoded(queryResult.payloads[0]?.data) as {
    currentDetails: string;
    definition: { signalDefinitions: { name: string; description: string }[] };
  };
  expect(metadata.currentDetails).toContain(`**Ticket ${ticket.reference}** is in stage **In Progress**`);
  expect(metadata.currentDetails).toContain('Waits for: stage changes, logged time, or the');
  expect(metadata.definition.signalDefinitions).toContainEqual(
    expect.objectContaining({ name: 'moveStage', description: expect.stringContaining('"stageId"') }),
  );
  const { history } = await temporalUi<{
    history: { events: { eventType: string; userMetadata?: { summary?: { data: string } } }[] };
  }>(`/workflows/${workflowId}/history?maximumPageSize=500`);
  const summaries = history.events.map(({ userMetadata }) => decoded(userMetadata?.summary?.data));
  expect(summaries).toContainEqual(expect.stringMatching(/^SLA (deadline|warning) 20/));
  expect(summaries).toContainEqual(expect.stringMatching(/^bill tse_|^bill /));
});

test('a signal sent from the Temporal UI moves the stage that the API shows', async () => {
  const encoded = (value: string): string => Buffer.from(value).toString('base64');
  const request = { stageId: stageId('Awaiting Customer'), reason: 'Waits for a log' };
  const payload = {
    metadata: { encoding: encoded('json/plain') },
    data: encoded(JSON.stringify(request)),
  };
  await temporalUi(`/workflows/${ticketWorkflowId(ticket.id)}/signal/moveStage`, {
    signalName: 'moveStage',
    input: { payloads: [payload] },
  });
  await eventually('the stage', async () => {
    const { body } = await as('agent').get<{ stageId: string }>(`/v1/tickets/${ticket.id}`);
    return body.stageId === stageId('Awaiting Customer');
  });
  const events = await as('agent').get<{ data: { kind: string; actor: { type: string }; reason: string }[] }>(
    `/v1/tickets/${ticket.id}/events`,
  );
  expect(events.body.data).toContainEqual(
    expect.objectContaining({
      kind: 'ticket.stage_changed',
      actor: expect.objectContaining({ type: 'operator' }),
      reason: 'Waits for a log',
    }),
  );
});

test('killed with -9 and started again it goes on within seconds, on other ports, with the same data and no second company', async () => {
  const parts = await folder.parts();
  for (const pid of [stack.pid, ...parts.values()]) process.kill(pid, 'SIGKILL');
  await stack.ended;
  const before = await as('agent')
    .get('/readyz')
    .then(
      () => 'answers',
      () => 'gone',
    );
  expect(before).toBe('gone');

  const [port, uiPort] = await freePorts(2);
  const startedAt = Date.now();
  stack = await folder.start({ PORT: String(port), TEMPORAL_UI_PORT: String(uiPort) });
  const busyness = Math.max(1, (loadavg()[0] ?? 0) / cpus().length);
  expect(Date.now() - startedAt).toBeLessThan(startLimitMs * busyness);
  expect(stack.output()).not.toContain('A customer’s ticket arrived');
  expect(stack.output()).not.toContain('Creating the demo company');
  const known = credentials;
  credentials = await folder.credentials();
  expect(credentials).toEqual({
    ...known,
    apiUrl: `http://127.0.0.1:${port}`,
    temporalUiUrl: `http://127.0.0.1:${uiPort}`,
  });
  expect((await stat(join(folder.path, 'demo-credentials.json'))).mode & 0o777).toBe(0o600);

  const again = await as('agent').get<{ stageId: string }>(`/v1/tickets/${ticket.number}`);
  expect(again.body.stageId).toBe(stageId('Awaiting Customer'));
  const workflow = await as('agent').get<{ status: string; waitingFor: string | null }>(
    `/v1/tickets/${ticket.id}/workflow`,
  );
  expect(workflow.body.status).toBe('running');
  const moved = await as('agent').post<{ stageId: string }>(`/v1/tickets/${ticket.id}/move`, {
    stageId: stageId('Solved'),
  });
  expect([moved.status, moved.body.stageId]).toEqual([200, stageId('Solved')]);
}, 240_000);

test('a second start in the same data folder is refused, and SIGTERM ends everything', async () => {
  const second = startNode('scripts/supervisor.mjs', [], folder.environment);
  expect((await second.ended).code).toBe(1);
  expect(second.output()).toMatch(/^Keepdesk already runs with .*\.\n$/);

  const parts = await folder.parts();
  expect(await stack.stop()).toEqual({ code: 0, signal: null });
  expect(stack.output()).toMatch(/Stopped\.\n$/);
  expect([...parts.values()].filter(isAlive)).toEqual([]);
}, 90_000);

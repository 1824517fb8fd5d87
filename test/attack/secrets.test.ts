import { createHash } from 'node:crypto';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { type Answer, testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, employee, type World } from '../support/factories';
import { tablesWith } from '../support/tables-with';
import { testTemporal } from '../support/temporal';
import { type KeptText, textsKeptBy } from '../support/temporal-texts';

/** Stands in every text that people write about people and their business. */
const marker = 'zq7marker';
/** Names of stages are the company's own set-up words; operators read them in Temporal. */
const stageMarker = 'zq7stage';
/** Why somebody decided: the one text that travels with a decision, as an operator's signal carries it too. */
const reasonMarker = 'zq7reason';
const password = 'zq7secret password';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);
let world: World;
let secrets: readonly string[];
let kept: readonly KeptText[];
/** Answers of requests other than the two that show a secret once. */
const answered: string[] = [];

interface Made {
  readonly id: string;
}

function said(answer: Answer<unknown>, status: number): void {
  answered.push(answer.text, JSON.stringify([...answer.headers]));
  if (answer.status !== status) throw new Error(`expected ${status}: ${answer.status} ${answer.text}`);
}

/** Sends requests of one caller and keeps what was answered. */
function caller(token: string) {
  const client = api.client(token);
  return {
    async make<Body = Made>(address: string, body: unknown, status = 201, headers = {}): Promise<Body> {
      const answer = await client.post<Body>(address, body, { headers });
      said(answer, status);
      return answer.body;
    },
    async change<Body = Made>(address: string, body: unknown): Promise<Body> {
      const answer = await client.patch<Body>(address, body);
      said(answer, 200);
      return answer.body;
    },
    async read<Body>(address: string): Promise<Body> {
      const answer = await client.get<Body>(address);
      said(answer, 200);
      return answer.body;
    },
  };
}

/** The main job from the first customer to the paid invoice, with the marker in every text on the way. */
async function mainJob(): Promise<void> {
  const first = caller(world.users.admin.token);
  const email = `boss.${marker}@customer.test`;
  const boss = await first.make('/v1/users', { email, name: `Boss ${marker}`, role: 'admin', password });
  const session = await api.client().post<{ token: string }>('/v1/auth/login', { email, password });
  const admin = caller(session.body.token);
  const key = await api
    .client(session.body.token)
    .post<{ secret: string }>(
      '/v1/api-keys',
      { name: `Key ${marker}`, scopes: ['tickets:read', 'tickets:write', 'contacts:read'] },
      { headers: { 'Idempotency-Key': `key-${marker}` } },
    );
  secrets = [session.body.token, key.body.secret, password, world.users.admin.token];
  await admin.change('/v1/companies/current', { name: `Company ${marker}` });
  await employee(world, { userId: boss.id });
  const calendar = await admin.make('/v1/calendars', {
    name: `Hours ${marker}`,
    timezone: 'UTC',
    weekly: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: 0, to: 1440 })),
    exceptions: [{ date: '2031-01-01', name: `Holiday ${marker}` }],
  });
  const organisation = await admin.make('/v1/contacts', { kind: 'organisation', name: `Org ${marker}` });
  const person = await admin.make('/v1/contacts', {
    kind: 'person',
    name: `Person ${marker}`,
    organisationId: organisation.id,
    email: `person.${marker}@customer.test`,
    phone: `+49 ${marker}`,
  });
  const project = await admin.make('/v1/projects', { name: `Project ${marker}`, contactId: organisation.id });
  const team = await admin.make('/v1/teams', {
    name: `Team ${marker}`,
    description: `About ${marker}`,
    calendarId: calendar.id,
    projectId: project.id,
    slaEnabled: true,
    timesheetsEnabled: true,
    timeBillingEnabled: true,
  });
  const stages: Record<string, string> = {};
  for (const category of ['open', 'paused', 'closed']) {
    stages[category] = (
      await admin.make(`/v1/teams/${team.id}/stages`, { name: `${category} ${stageMarker}`, category })
    ).id;
  }
  await admin.make('/v1/sla-policies', {
    teamId: team.id,
    name: `Policy ${marker}`,
    target: { kind: 'reach_stage', stageId: stages['closed'], minutes: 600 },
  });
  const product = await admin.make('/v1/products', {
    name: `Product ${marker}`,
    kind: 'service',
    invoicing: 'time_and_materials',
    unit: 'hour',
    unitPriceMinor: 12_000,
    currency: 'EUR',
  });
  const order = await admin.make<Made & { lines: Made[] }>('/v1/sale-orders', {
    contactId: person.id,
    currency: 'EUR',
    lines: [{ productId: product.id, description: `Line ${marker}` }],
  });
  await admin.make(`/v1/sale-orders/${order.id}/confirm`, {}, 200);
  const ticket = await caller(key.body.secret).make<Made & { number: number }>('/v1/tickets', {
    teamId: team.id,
    subject: `Subject ${marker}`,
    description: `Description ${marker}`,
    contactId: person.id,
  });
  await admin.make('/v1/tickets', {
    teamId: team.id,
    subject: `Another ${marker}`,
    contact: { name: `Stranger ${marker}`, email: `stranger.${marker}@customer.test` },
  });
  const at = `/v1/tickets/${ticket.id}`;
  await admin.change(at, { subject: `Renamed ${marker}`, description: `Again ${marker}` });
  await admin.change(at, { saleOrderLineId: order.lines[0]?.id, priority: 'urgent' });
  await admin.make(`${at}/messages`, { body: `Message ${marker}`, internal: true });
  await admin.make(`${at}/followers`, { contactId: person.id });
  await admin.make(`${at}/assign`, { userId: boss.id, reason: `Because ${reasonMarker}` }, 200);
  await admin.make(`${at}/move`, { stageId: stages['paused'], reason: `Because ${reasonMarker}` }, 200);
  await admin.make(`${at}/move`, { stageId: stages['open'] }, 200);
  const date = new Date().toISOString().slice(0, 10);
  const entry = await admin.make(
    '/v1/timesheets',
    { ticketId: ticket.id, date, minutes: 90, description: `Time ${marker}` },
    201,
    { Prefer: 'wait=20' },
  );
  await admin.change(`/v1/timesheets/${entry.id}`, { minutes: 60, description: `Changed ${marker}` });
  await temporal.settled();
  const drafts = await admin.make<{ id: string; lines: Made[] }>(
    `/v1/sale-orders/${order.id}/invoices`,
    {},
    201,
  );
  await admin.read(`/v1/invoices/${drafts.id}`);
  await admin.make(`/v1/invoices/${drafts.id}/post`, {}, 200);
  await admin.make(`/v1/invoices/${drafts.id}/payments`, {
    amountMinor: 1_000,
    paidAt: new Date().toISOString(),
    method: 'bank_transfer',
    reference: `Reference ${marker}`,
  });
  await temporal.client.workflow
    .getHandle(ticketWorkflowId(ticket.id))
    .signal('moveStage', { stageId: 'stg_unknown', reason: `Because ${reasonMarker}` });
  await admin.make(`${at}/close`, { reason: `Because ${reasonMarker}` }, 200);
  for (const address of [
    at,
    `${at}/events`,
    `${at}/sla`,
    `${at}/trace`,
    `${at}/workflow`,
    '/v1/me',
    '/v1/api-keys',
    '/v1/users',
    '/v1/events',
    `/v1/sale-orders/${order.id}/trace`,
  ])
    await admin.read(address);
  await temporal.settled();
}

/** What goes wrong carries texts as well. */
async function mishaps(): Promise<void> {
  const client = api.client(secrets[0]);
  const login = (email: string, tried: string) =>
    api.client().post('/v1/auth/login', { email, password: tried });
  said(await login(`boss.${marker}@customer.test`, `wrong ${marker} ${password}`), 401);
  said(await login(`nobody.${marker}@customer.test`, password), 401);
  said(await login(`${marker} ${password}`, password), 422);
  const bodies: unknown[] = [
    { [marker]: marker },
    { kind: marker, name: 1 },
    { kind: 'person', name: `${marker}\u0000` },
  ];
  for (const body of bodies) expect((await client.post('/v1/contacts', body)).status).toBe(422);
  const raw = {
    rawBody: `{"name": "${marker} ${password}"`,
    headers: { 'Content-Type': 'application/json' },
  };
  said(await client.post('/v1/contacts', undefined, raw), 400);
  said(await client.get(`/v1/contacts?email=${marker}.${'x'.repeat(260)}`), 422);
  said(await client.get(`/v1/${marker}/${marker}`, { undocumented: true }), 404);
  said(await api.client(`kds_${marker}`).get('/v1/me'), 401);
  said(
    await client.post('/v1/users', {
      email: `boss.${marker}@customer.test`,
      name: marker,
      role: 'agent',
      password,
    }),
    409,
  );
}

beforeAll(async () => {
  world = await company(database);
  await mainJob();
  await mishaps();
  const workflows = 2 + (await database.prisma.invoiceRun.count());
  kept = await eventually('every workflow in the list', async () => {
    const texts = await textsKeptBy(temporal.client, temporal.taskQueue);
    const ids = new Set(texts.map(({ where }) => where.split(' ')[0]));
    return ids.size >= workflows ? texts : undefined;
  });
}, 90_000);

describe('after the main job with a marker in every text', () => {
  it('the texts are where they belong: in the database', async () => {
    const found = await tablesWith(database, marker);
    for (const table of [
      'contact',
      'message',
      'ticket',
      'timesheet_entry',
      'user_account',
      'calendar_exception',
      'payment',
      'event',
    ])
      expect(found).toContain(table);
  });

  it('no log holds any of them, nor a secret', () => {
    const logged = `${api.log.text()}${temporal.log.text()}`.toLowerCase();
    expect(api.log.lines().length).toBeGreaterThan(40);
    expect(temporal.log.lines().length).toBeGreaterThan(2);
    for (const text of [marker, stageMarker, reasonMarker, 'customer.test', 'zq7secret'])
      expect(logged).not.toContain(text);
    for (const secret of secrets) expect(logged).not.toContain(secret.toLowerCase());
  });

  it('no history, search attribute, memo, summary or detail of a workflow holds any of them', () => {
    expect(kept.length).toBeGreaterThan(200);
    const held = (text: string): string[] =>
      kept.filter((one) => one.text.toLowerCase().includes(text)).map(({ where }) => where);
    expect(held(marker)).toEqual([]);
    expect(held('customer.test')).toEqual([]);
    expect(held('zq7secret')).toEqual([]);
    for (const secret of secrets) expect(held(secret.toLowerCase())).toEqual([]);
    for (const form of formsOf(secrets)) expect(held(form.toLowerCase())).toEqual([]);
  });

  it('stage names and reasons stand in Temporal, as documented, so this reading would have seen the others', () => {
    const held = (text: string) => kept.filter((one) => one.text.includes(text));
    expect(held(stageMarker).length).toBeGreaterThan(0);
    expect(held(reasonMarker).length).toBeGreaterThan(0);
    expect(held('Stage').length).toBeGreaterThan(0);
  });

  it('no table holds a secret in any form but its hash', async () => {
    for (const secret of [...secrets, ...secrets.map((text) => text.slice(4)), 'zq7secret']) {
      expect({ secret: secret.slice(0, 12), tables: await tablesWith(database, secret) }).toEqual({
        secret: secret.slice(0, 12),
        tables: [],
      });
    }
    for (const form of formsOf(secrets)) expect(await tablesWith(database, form)).toEqual([]);
    const hashed = createHash('sha256')
      .update(secrets[0] ?? '')
      .digest('hex');
    expect(await tablesWith(database, hashed)).toEqual(['session']);
    expect(
      await tablesWith(
        database,
        createHash('sha256')
          .update(secrets[1] ?? '')
          .digest('hex'),
      ),
    ).toEqual(['api_key']);
    for (const method of ['md5', 'sha1', 'sha256', 'sha512']) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        expect(await tablesWith(database, createHash(method).update(password).digest(encoding))).toEqual([]);
    }
  });

  it('no answer but the one that made it shows a secret', () => {
    const text = answered.join('\n');
    expect(answered.length).toBeGreaterThan(60);
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).not.toContain('zq7secret');
    expect(text).not.toContain('argon2id');
  });
});

/** How a secret could stand in a column of bytes or in a payload. */
function formsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -2),
  ]);
}

import { type Desk, desk, type TicketBody, timeBody } from '../faults/desk';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company } from '../support/factories';
import { tablesWith } from '../support/tables-with';
import { testTemporal } from '../support/temporal';

/** Stands in every text that the person wrote or that others wrote about the person. */
const marker = 'zq8person';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

const admin = (world: Desk) => api.client(world.users.admin.token);
const agent = (world: Desk) => api.client(world.users.agent.token);

/** A person with a ticket of theirs, a word on somebody else's, and subscriptions to both and to the team. */
async function personWithTickets(
  world: Desk,
): Promise<{ contactId: string; ticketId: string; otherId: string }> {
  const made = async <Body>(path: string, body: unknown, status = 201): Promise<Body> => {
    const answer = await admin(world).post<Body>(path, body, {
      headers: { 'Idempotency-Key': `${path}:${JSON.stringify(body).length}` },
    });
    expect([path, answer.status, answer.text]).toEqual([path, status, answer.text]);
    return answer.body;
  };
  const first = { name: `First ${marker}`, email: `first.${marker}@customer.test` };
  const { id: ticketId } = await made<TicketBody>('/v1/tickets', {
    teamId: world.team.id,
    subject: `Subject ${marker}`,
    description: `Description ${marker}`,
    contact: first,
  });
  const ticket = await admin(world).get<{ contactId: string }>(`/v1/tickets/${ticketId}`);
  const { contactId } = ticket.body;
  const changes = { name: `Name ${marker}`, email: `other.${marker}@customer.test`, phone: `+49 ${marker}` };
  expect((await admin(world).patch(`/v1/contacts/${contactId}`, changes)).status).toBe(200);
  const at = `/v1/tickets/${ticketId}`;
  await admin(world).patch(at, { subject: `Renamed ${marker}`, description: `Again ${marker}` });
  await made(`${at}/messages`, { body: `Dear ${marker}` });
  await made(`${at}/move`, { stageId: world.team.stages.awaitingCustomer, reason: `Because ${marker}` }, 200);
  await made(`${at}/assign`, { userId: world.users.agent.id, reason: `For ${marker}` }, 200);
  await made(`${at}/sla/recalculate`, { reason: `Anew ${marker}` }, 200);
  await made(`${at}/followers`, { contactId });
  expect((await agent(world).post('/v1/timesheets', timeBody(ticketId))).status).toBe(201);
  const { id: otherId } = await made<TicketBody>('/v1/tickets', world.ticketBody);
  await made(`/v1/tickets/${otherId}/followers`, { contactId });
  await database.prisma.message.create({
    data: {
      companyId: world.companyId,
      id: `msg_${otherId.slice(4)}`,
      ticketId: otherId,
      contactId,
      body: `Me too, ${marker}`,
    },
  });
  await temporal.settled();
  return { contactId, ticketId, otherId };
}

it('an erased person stands in no table, while deadlines, minutes and history stay', async () => {
  const world = await desk(database);
  const { contactId, ticketId, otherId } = await personWithTickets(world);
  expect(await tablesWith(database, marker)).toEqual([
    'contact',
    'event',
    'idempotency_key',
    'message',
    'sla_clock_change',
    'ticket',
  ]);
  const eventsBefore = await database.prisma.event.findMany({ orderBy: { position: 'asc' } });
  const clocks = await database.prisma.slaClock.findMany({ orderBy: { id: 'asc' } });
  const other = await agent(world).get(`/v1/tickets/${otherId}`);

  const answer = await admin(world).post(`/v1/contacts/${contactId}/erase`, undefined);
  expect(answer).toMatchObject({
    status: 200,
    body: { contactId, nameKept: false, tickets: 1, messages: 2, followers: 2 },
  });

  expect(await tablesWith(database, marker)).toEqual([]);
  expect((await agent(world).get(`/v1/contacts/${contactId}`)).body).toMatchObject({
    name: '[erased]',
    email: null,
    phone: null,
  });
  expect((await agent(world).get(`/v1/tickets/${ticketId}`)).body).toMatchObject({
    subject: '[erased]',
    description: '',
    contactId,
  });
  expect((await agent(world).get(`/v1/tickets/${otherId}`)).body).toEqual(other.body);
  expect(await database.prisma.slaClock.findMany({ orderBy: { id: 'asc' } })).toEqual(clocks);
  const entries = await database.prisma.timesheetEntry.findMany({ where: { ticketId } });
  expect(entries.map(({ description }) => description)).toEqual(['Looked at it']);

  const events = await database.prisma.event.findMany({ orderBy: { position: 'asc' } });
  const spine = (list: typeof events) =>
    list.map(({ position, id, kind, subjectId, commandId }) => ({
      position,
      id,
      kind,
      subjectId,
      commandId,
    }));
  expect(spine(events.slice(0, eventsBefore.length))).toEqual(spine(eventsBefore));
  expect(events.slice(eventsBefore.length)).toMatchObject([
    { kind: 'contact.erased', subjectId: contactId, actor: { type: 'user', userId: world.users.admin.id } },
  ]);
  expect(events.find(({ kind }) => kind === 'timesheet.logged')).toEqual(
    eventsBefore.find(({ kind }) => kind === 'timesheet.logged'),
  );
  expect((await admin(world).get('/v1/events?limit=200')).status).toBe(200);
});

it('the request that created the ticket, sent again, still answers that ticket, without its texts', async () => {
  const world = await desk(database);
  const body = { ...world.ticketBody, subject: `Again ${marker}` };
  const headers = { 'Idempotency-Key': 'the-same' };
  const first = await agent(world).post<TicketBody>('/v1/tickets', body, { headers });
  await admin(world).post(`/v1/contacts/${world.personId}/erase`, undefined);
  const again = await agent(world).post<TicketBody & { subject: string }>('/v1/tickets', body, { headers });
  expect(again.status).toBe(201);
  expect(again.body.id).toBe(first.body.id);
  expect(again.body.subject).toBe('[erased]');
});

it('keeps the name where it stands on a posted invoice, and nothing else', async () => {
  const billed = 'zq8billed';
  const world = await desk(database);
  const { id } = (await agent(world).post<TicketBody>('/v1/tickets', world.ticketBody)).body;
  await admin(world).patch(`/v1/contacts/${world.personId}`, {
    name: `Billed ${billed}`,
    email: `mail.${billed}@customer.test`,
  });
  await agent(world).post('/v1/timesheets', timeBody(id), { headers: { Prefer: 'wait=20' } });
  const drafted = await admin(world).post<{ id: string }>(`/v1/sale-orders/${world.order.id}/invoices`, {});
  expect((await admin(world).post(`/v1/invoices/${drafted.body.id}/post`, {})).status).toBe(200);
  const erased = await admin(world).post(`/v1/contacts/${world.personId}/erase`, undefined);
  expect(erased.body).toMatchObject({ nameKept: true });
  expect(await tablesWith(database, billed)).toEqual(['contact']);
  expect(await tablesWith(database, `mail.${billed}`)).toEqual([]);
  const pdf = await admin(world).get(`/v1/invoices/${drafted.body.id}/pdf`);
  expect(pdf.status).toBe(200);
});

it('twice, ten times at once, for an organisation, for another company, for an agent', async () => {
  const world = await desk(database);
  const path = `/v1/contacts/${world.personId}/erase`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => admin(world).post(path, undefined)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect((await agent(world).post(path, undefined)).status).toBe(403);
  const stranger = await company(database);
  expect((await api.client(stranger.users.admin.token).post(path, undefined)).status).toBe(404);
  const organisation = await admin(world).post<{ id: string }>('/v1/contacts', {
    kind: 'organisation',
    name: 'Harbour Books',
  });
  const refused = await admin(world).post(`/v1/contacts/${organisation.body.id}/erase`, undefined);
  expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
});

describe('events lose their texts in no other way', () => {
  const inTransaction = async (statements: readonly (readonly [string, unknown[]])[]): Promise<void> => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      for (const [text, values] of statements) await client.query(text, values);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };
  const record = `INSERT INTO event (company_id, id, kind, subject_id, actor)
    SELECT $1, 'evt_' || gen_random_uuid(), 'contact.erased', $2, '{"type": "operator"}'`;

  it.each([
    ['without a record of the erasure', false, 'UPDATE event SET after = NULL WHERE company_id = $1'],
    ['another column', true, `UPDATE event SET kind = 'x' WHERE company_id = $1 AND subject_id = $2`],
    ['a deletion', true, 'DELETE FROM event WHERE company_id = $1 AND subject_id = $2'],
    [
      'events that are not of the person',
      true,
      `UPDATE event SET after = NULL WHERE company_id = $1 AND subject_id <> $2 AND kind LIKE 'ticket.%'`,
    ],
    ['a reason that is changed', true, `UPDATE sla_clock_change SET reason = 'better' WHERE company_id = $1`],
    ['a reason of another ticket', true, `UPDATE sla_clock_change SET reason = NULL WHERE company_id = $1`],
  ])('%s', async (_what, recorded, text) => {
    const world = await desk(database);
    await agent(world).post('/v1/tickets', {
      ...world.ticketBody,
      contactId: undefined,
      saleOrderLineId: undefined,
    });
    await admin(world).patch(`/v1/contacts/${world.personId}`, { name: 'Changed' });
    const both = [world.companyId, world.personId];
    const named = (statement: string) => (statement.includes('$2') ? both : [world.companyId]);
    const before = await database.prisma.event.findMany({ where: { companyId: world.companyId } });
    expect(before.length).toBeGreaterThan(1);
    await expect(
      inTransaction([...(recorded ? [[record, both] as const] : []), [text, named(text)]]),
    ).rejects.toThrow('is append-only');
    expect(await database.prisma.event.findMany({ where: { companyId: world.companyId } })).toEqual(before);
  });
});

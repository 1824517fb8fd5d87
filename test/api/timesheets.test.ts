import { systemContext } from '../../services/context';
import { applyTimesheet } from '../../services/timesheets/apply-timesheet';
import type { TimesheetView } from '../../services/timesheets/timesheet';
import type { TimeTrace } from '../../services/timesheets/trace';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, type Everything, everything } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: Everything;
let agentEmployeeId: string;

beforeEach(async () => {
  world = await everything(await company(database));
  agentEmployeeId = world.employeeId;
});

const draft = (changes: object = {}) => ({
  ticketId: world.ticket.id,
  date: '2026-03-02',
  minutes: 45,
  description: 'Replaced the fuser.',
  ...changes,
});
const agent = () => api.client(world.users.agent.token);

/** What the ticket's workflow does after the commit. */
const apply = (entryId: string) =>
  applyTimesheet(
    systemContext({
      companyId: world.companyId,
      database,
      actor: { type: 'system', process: 'workflow' },
    }),
    { entryId },
  );

/** Applies the newest entry of the company as soon as there is one. */
async function applyNext(): Promise<void> {
  for (;;) {
    const entry = await database.prisma.timesheetEntry.findFirst({
      where: {
        companyId: world.companyId,
        appliedVersion: { lt: database.prisma.timesheetEntry.fields.version },
      },
    });
    if (entry !== null) return void (await apply(entry.id));
  }
}

describe('POST /v1/timesheets', () => {
  test('logs time on the ticket’s line, billable unless said otherwise', async () => {
    const answer = await agent().post<TimesheetView>('/v1/timesheets', draft());
    expect(answer).toMatchObject({
      status: 201,
      body: {
        employeeId: agentEmployeeId,
        billable: true,
        saleOrderLineId: world.confirmedOrder.lineId,
        billing: { state: 'pending', slices: [] },
      },
    });
    expect(answer.headers.get('etag')).toBe('"v1"');
    expect(answer.headers.get('preference-applied')).toBeNull();
    const read = await agent().get(`/v1/timesheets/${answer.body.id}`);
    expect(read.body).toEqual(answer.body);
  });

  test('with an Idempotency-Key gives the first answer again', async () => {
    const headers = { 'Idempotency-Key': 'fuser-1' };
    const first = await agent().post<TimesheetView>('/v1/timesheets', draft(), { headers });
    await apply(first.body.id);
    const second = await agent().post('/v1/timesheets', draft(), { headers });
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const other = await agent().post('/v1/timesheets', draft({ minutes: 46 }), { headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  test('with Prefer: wait answers as soon as the ledger holds the time', async () => {
    const [answer] = await Promise.all([
      agent().post<TimesheetView>('/v1/timesheets', draft(), { headers: { Prefer: 'wait=20' } }),
      applyNext(),
    ]);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('preference-applied')).toBe('wait');
    expect(answer.body.billing).toEqual({
      state: 'applied',
      slices: [
        {
          id: expect.any(String),
          fromMinute: 0,
          toMinute: 45,
          minutes: 45,
          fate: 'unbilled',
          saleOrderLineId: world.confirmedOrder.lineId,
          invoiceLineId: null,
        },
      ],
    });
  });

  test('with Prefer: wait answers what is known when nobody applies it in time', async () => {
    const answer = await agent().post<TimesheetView>('/v1/timesheets', draft(), {
      headers: { Prefer: 'wait=1' },
    });
    expect(answer).toMatchObject({ status: 201, body: { billing: { state: 'pending', slices: [] } } });
    expect(answer.headers.get('preference-applied')).toBeNull();
  });

  test.each([
    [{ minutes: 0 }, '/minutes'],
    [{ minutes: 1441 }, '/minutes'],
    [{ minutes: 1.5 }, '/minutes'],
    [{ date: '2026-02-30' }, '/date'],
    [{ date: '0000-01-01' }, '/date'],
    [{ date: '2026-03-02T10:00:00Z' }, '/date'],
    [{ billable: 'yes' }, '/billable'],
    [{ description: undefined }, '/description'],
    [{ saleOrderLineId: null }, '/saleOrderLineId'],
    [{ state: 'applied' }, '/state'],
  ])('refuses %j', async (changes, pointer) => {
    const answer = await agent().post('/v1/timesheets', draft(changes));
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ pointer }] } });
  });

  test('refuses with the status of each rule', async () => {
    const manager = api.client(world.users.manager.token);
    expect(await manager.post('/v1/timesheets', draft())).toMatchObject({
      status: 409,
      body: { code: 'no_employee' },
    });
    const line = { saleOrderLineId: world.draftOrder.lineId };
    expect(await agent().post('/v1/timesheets', draft(line))).toMatchObject({
      status: 409,
      body: { code: 'order_line_not_billable', errors: [{ pointer: '/saleOrderLineId' }] },
    });
  });
});

describe('a time entry', () => {
  test('is changed against its ETag, then deleted, and stays readable', async () => {
    const { body: entry } = await agent().post<TimesheetView>('/v1/timesheets', draft());
    const address = `/v1/timesheets/${entry.id}`;
    const stale = await agent().patch(address, { minutes: 50 }, { headers: { 'If-Match': '"v7"' } });
    expect(stale).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed', state: { version: 1 } },
    });
    await apply(entry.id);
    const [changed] = await Promise.all([
      agent().patch<TimesheetView>(
        address,
        { minutes: 50 },
        { headers: { 'If-Match': '"v1"', Prefer: 'wait=20' } },
      ),
      applyNext(),
    ]);
    expect(changed).toMatchObject({
      status: 200,
      body: { minutes: 50, version: 2, billing: { state: 'applied' } },
    });
    expect(changed.headers.get('preference-applied')).toBe('wait');
    const deleted = await agent().delete(address, { headers: { 'If-Match': '"v2"' } });
    expect(deleted.status).toBe(204);
    expect(await agent().get(address)).toMatchObject({
      status: 200,
      body: { version: 3, deletedAt: expect.any(String), billing: { state: 'pending' } },
    });
    expect(await agent().delete(address)).toMatchObject({ status: 409, body: { code: 'entry_deleted' } });
    expect(await agent().patch(address, { minutes: 1 })).toMatchObject({
      status: 409,
      body: { code: 'entry_deleted' },
    });
  });

  test('is read anew after it was applied, although its version is the same', async () => {
    const { body: entry } = await agent().post<TimesheetView>('/v1/timesheets', draft());
    await apply(entry.id);
    const read = await agent().get(`/v1/timesheets/${entry.id}`, { headers: { 'If-None-Match': '"v1"' } });
    expect(read).toMatchObject({ status: 200, body: { version: 1, billing: { state: 'applied' } } });
  });

  test('in a draft invoice is locked', async () => {
    const draftLine = await database.prisma.invoiceLine.findFirstOrThrow({
      where: { invoiceId: world.draftInvoiceId },
    });
    await database.prisma.slice.updateMany({
      where: { entryId: world.entryId },
      data: { fate: 'reserved', invoiceLineId: draftLine.id },
    });
    const locked = { status: 409, body: { code: 'entry_locked', state: { invoiceLineIds: [draftLine.id] } } };
    const manager = api.client(world.users.manager.token);
    expect(await manager.patch(`/v1/timesheets/${world.entryId}`, { minutes: 1 })).toMatchObject(locked);
    expect(await manager.delete(`/v1/timesheets/${world.entryId}`)).toMatchObject(locked);
  });

  test('is listed by its ticket and line, and traced from both', async () => {
    const list = await agent().get<{ data: TimesheetView[] }>(
      `/v1/timesheets?ticketId=${world.ticket.id}&saleOrderLineId=${world.confirmedOrder.lineId}&sort=date`,
    );
    expect(list.body.data.map((entry) => entry.id)).toEqual([world.entryId]);
    const finance = api.client(world.users.finance.token);
    const byEntry = await finance.get<TimeTrace>(`/v1/timesheets/${world.entryId}/trace`);
    const byTicket = await finance.get<TimeTrace>(`/v1/tickets/${world.ticket.number}/trace`);
    expect(byEntry.body).toEqual(byTicket.body);
    expect(byEntry.body.entries[0]?.slices[0]).toMatchObject({
      minutes: 60,
      fate: 'unbilled',
      saleOrderLine: { id: world.confirmedOrder.lineId, saleOrderId: world.confirmedOrder.id },
      invoiceLine: null,
    });
  });
});

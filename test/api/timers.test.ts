import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import {
  company,
  contact,
  employee,
  runningTimer,
  saleOrder,
  type TestTicket,
  team,
  ticket,
  user,
  type World,
} from '../support/factories';

interface Timer {
  readonly id: string;
  readonly startedAt: string;
  readonly employeeId: string;
}

interface Entry {
  readonly id: string;
  readonly minutes: number;
  readonly date: string;
  readonly employeeId: string;
  readonly description: string;
  readonly saleOrderLineId: string | null;
  readonly billing: { readonly state: string };
}

const database = testDatabase();
const api = testApi(database);
let world: World;
let place: TestTicket;
let agentEmployeeId: string;

beforeEach(async () => {
  world = await company(database);
  place = await ticket(world, await team(world));
  agentEmployeeId = await employee(world, { userId: world.users.agent.id });
});

const agent = () => api.client(world.users.agent.token);
const manager = () => api.client(world.users.manager.token);
const start = (body: unknown = {}, headers = {}) =>
  agent().post<Timer>(`/v1/tickets/${place.id}/timer/start`, body, { headers });
const stop = (body: object = {}, headers = {}) =>
  agent().post<Entry>(
    `/v1/tickets/${place.id}/timer/stop`,
    { description: 'Looked at it', ...body },
    { headers },
  );
const eventsOf = async (): Promise<string[]> =>
  (
    await database.prisma.event.findMany({
      where: { companyId: world.companyId },
      orderBy: { position: 'asc' },
    })
  ).map(({ kind }) => kind);
const entries = () => database.prisma.timesheetEntry.count({ where: { companyId: world.companyId } });
const timers = () => database.prisma.runningTimer.count({ where: { companyId: world.companyId } });

describe('a timer', () => {
  it('is started, seen, and stopped into a time entry that the workflow will bill', async () => {
    const started = await start();
    expect(started).toMatchObject({ status: 201, body: { employeeId: agentEmployeeId, ticketId: place.id } });
    const list = await agent().get<{ data: Timer[] }>(`/v1/timers?ticketId=${place.id}`);
    expect(list.body.data).toEqual([started.body]);
    const stopped = await stop();
    expect(stopped).toMatchObject({
      status: 201,
      body: {
        ticketId: place.id,
        employeeId: agentEmployeeId,
        minutes: 1,
        description: 'Looked at it',
        billable: true,
        billing: { state: 'pending' },
      },
    });
    expect(await timers()).toBe(0);
    expect(await eventsOf()).toEqual(['timer.started', 'timesheet.logged', 'timer.stopped']);
    const jobs = await database.prisma.job.findMany({ where: { companyId: world.companyId } });
    expect(jobs.map(({ kind, reference }) => ({ kind, reference }))).toEqual([
      { kind: 'timesheet_changed', reference: { entryId: stopped.body.id, version: 1 } },
    ]);
  });

  it('runs once for an employee and ticket, however often it is started at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => start()));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await eventsOf()).toEqual(['timer.started']);
    const colleague = await manager().post(`/v1/tickets/${place.id}/timer/start`, {
      employeeId: await employee(world),
    });
    expect(colleague.status).toBe(201);
    expect(await timers()).toBe(2);
  });

  it('is logged once, however often it is stopped at once', async () => {
    await start();
    const answers = await Promise.all(Array.from({ length: 10 }, () => stop()));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'timer_not_running' });
    expect(await entries()).toBe(1);
  });

  it('gives the first answer again to the same key', async () => {
    const key = { 'Idempotency-Key': 'start-1' };
    const started = await start({}, key);
    const stopKey = { 'Idempotency-Key': 'stop-1' };
    const stopped = await stop({}, stopKey);
    const [startedAgain, stoppedAgain] = [await start({}, key), await stop({}, stopKey)];
    expect([startedAgain.status, startedAgain.body]).toEqual([201, started.body]);
    expect([stoppedAgain.status, stoppedAgain.body]).toEqual([201, stopped.body]);
    expect(stoppedAgain.headers.get('idempotency-replayed')).toBe('true');
    expect([await timers(), await entries()]).toEqual([0, 1]);
    const commands = await database.prisma.event.findMany({
      where: { companyId: world.companyId, kind: { in: ['timesheet.logged', 'timer.stopped'] } },
    });
    expect(new Set(commands.map(({ commandId }) => commandId)).size).toBe(1);
    expect(commands[0]?.commandId).not.toBeNull();
  });

  it('logs what was measured, on the date it was started in the company’s time zone', async () => {
    await database.prisma.company.update({
      where: { id: world.companyId },
      data: { timezone: 'Pacific/Auckland' },
    });
    const startedAt = new Date(Date.now() - 75 * 60_000);
    const date = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Pacific/Auckland' }).format(startedAt);
    await runningTimer(world, { ticketId: place.id, employeeId: agentEmployeeId }, startedAt);
    const { body } = await stop();
    expect(body.date).toBe(date);
    // A minute more or less on a busy machine, never a unit that is wrong.
    expect(Math.abs(body.minutes - 75)).toBeLessThanOrEqual(1);
  });

  it('dates by the start: over midnight, and over the change of the clocks', async () => {
    await database.prisma.company.update({
      where: { id: world.companyId },
      data: { timezone: 'Europe/Berlin' },
    });
    const cases = [
      ['2026-03-28T23:30:00Z', '2026-03-29'],
      ['2026-10-24T21:59:00Z', '2026-10-24'],
      ['2026-10-24T22:01:00Z', '2026-10-25'],
    ] as const;
    for (const [startedAt, date] of cases) {
      await runningTimer(world, { ticketId: place.id, employeeId: agentEmployeeId }, new Date(startedAt));
      const { body } = await stop({ minutes: 10 });
      expect({ startedAt, date: body.date }).toEqual({ startedAt, date });
    }
  });

  it('that was forgotten is not logged by itself: the minutes have to be said', async () => {
    const startedAt = new Date(Date.now() - 60 * 3_600_000);
    await runningTimer(world, { ticketId: place.id, employeeId: agentEmployeeId }, startedAt);
    expect(await stop()).toMatchObject({
      status: 409,
      body: { code: 'timer_over_a_day', state: { startedAt: startedAt.toISOString() } },
    });
    expect([await timers(), await entries()]).toEqual([1, 0]);
    expect(await stop({ minutes: 25 })).toMatchObject({ status: 201, body: { minutes: 25 } });
    expect(await timers()).toBe(0);
  });

  it('counts on the order line that is named, and runs on when that is refused', async () => {
    const stranger = await saleOrder(world, { contactId: await contact(world) });
    await start();
    expect(await stop({ saleOrderLineId: stranger.lineId })).toMatchObject({
      status: 409,
      body: { code: 'order_line_not_billable' },
    });
    expect([await timers(), await entries()]).toEqual([1, 0]);
    expect(await eventsOf()).toEqual(['timer.started']);
    const customer = await contact(world);
    place = await ticket(world, await team(world), { contactId: customer });
    const order = await saleOrder(world, { contactId: customer });
    await start();
    const { body } = await stop({ saleOrderLineId: order.lineId, billable: true });
    expect(body.saleOrderLineId).toBe(order.lineId);
  });

  it('is refused where time cannot be logged, and can be discarded where it no longer can', async () => {
    const noTime = await ticket(world, await team(world, { timesheets: false }));
    expect(await agent().post(`/v1/tickets/${noTime.id}/timer/start`, {})).toMatchObject({
      status: 409,
      body: { code: 'timesheets_disabled' },
    });
    const { token } = await user(world, 'agent');
    expect(await api.client(token).post(`/v1/tickets/${place.id}/timer/start`, {})).toMatchObject({
      status: 409,
      body: { code: 'no_employee' },
    });
    const { body: timer } = await start();
    await database.prisma.ticket.update({
      where: { companyId_id: { companyId: world.companyId, id: place.id } },
      data: { archivedAt: new Date() },
    });
    expect(await stop()).toMatchObject({ status: 409, body: { code: 'ticket_archived' } });
    expect((await agent().delete(`/v1/timers/${timer.id}`)).status).toBe(204);
    expect((await agent().delete(`/v1/timers/${timer.id}`)).status).toBe(404);
    expect([await timers(), await entries()]).toEqual([0, 0]);
    expect(await eventsOf()).toEqual(['timer.started', 'timer.discarded']);
  });

  it('of others is the business of managers and administrators', async () => {
    const colleague = await user(world, 'agent');
    const theirs = await employee(world, { userId: colleague.id });
    expect(await start({ employeeId: theirs })).toMatchObject({ status: 403 });
    const timerId = await runningTimer(world, { ticketId: place.id, employeeId: theirs });
    expect(await stop({ employeeId: theirs })).toMatchObject({ status: 403 });
    expect(await agent().delete(`/v1/timers/${timerId}`)).toMatchObject({ status: 403 });
    expect(await timers()).toBe(1);
    const stopped = await manager().post(`/v1/tickets/${place.id}/timer/stop`, {
      employeeId: theirs,
      description: 'Went home with the timer running',
      minutes: 15,
    });
    expect(stopped).toMatchObject({ status: 201, body: { employeeId: theirs, minutes: 15 } });
  });
});

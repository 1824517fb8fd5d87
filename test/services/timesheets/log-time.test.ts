import { newId } from '../../../services/ids';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { testDatabase } from '../../support/database';
import {
  commandFor,
  company,
  contact,
  contextFor,
  employee,
  product,
  saleOrder,
  team,
  ticket,
  ticketFollower,
  user,
} from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { as, bill, expectBooksInOrder, log, pack, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeEach(async () => {
  world = await timeWorld(database);
});
afterEach(() => expectBooksInOrder(database));

describe('logging time', () => {
  test('writes entry, event and job, and answers the entry with billing pending', async () => {
    const entry = await log(world, { minutes: 45 });
    expect(entry).toMatchObject({
      ticketId: world.ticket.id,
      projectId: world.team.projectId,
      employeeId: world.agentEmployeeId,
      date: '2026-03-02',
      minutes: 45,
      billable: true,
      saleOrderLineId: null,
      billing: { state: 'pending', slices: [] },
      deletedAt: null,
      version: 1,
    });
    const where = { companyId: world.companyId };
    const [event] = await database.prisma.event.findMany({ where: { ...where, subjectId: entry.id } });
    expect(event).toMatchObject({
      kind: 'timesheet.logged',
      ticketId: world.ticket.id,
      actor: { type: 'user', userId: world.users.agent.id },
      before: null,
      after: JSON.parse(JSON.stringify(entry)),
    });
    const jobs = await database.prisma.job.findMany({ where });
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatchObject({
      ticketId: world.ticket.id,
      kind: 'timesheet_changed',
      reference: { entryId: entry.id, version: 1 },
    });
  });

  test('for an agent who sees the ticket of a private team only by following it', async () => {
    const closed = await team(world, { visibility: 'private', memberIds: [] });
    const secret = await ticket(world, closed);
    const unseen = log(world, { ticketId: secret.id });
    await expect(unseen).rejects.toMatchObject({
      code: 'validation_failed',
      details: { fields: [{ pointer: '/ticketId', code: 'unknown_reference' }] },
    });
    await ticketFollower(world, secret.id, { userId: world.users.agent.id });
    expect(await log(world, { ticketId: secret.id })).toMatchObject({ ticketId: secret.id });
  });
});

describe('the same command', () => {
  test('gives its first answer again and writes nothing', async () => {
    const command = commandFor();
    const first = await log(world, {}, contextFor(world, { role: 'agent', command }));
    const before = await rowsOf(database);
    const again = { ...command };
    const second = await log(world, {}, contextFor(world, { role: 'agent', command: again }));
    expect(second).toEqual(first);
    expect(again.replayed).toBe(true);
    expect(await rowsOf(database)).toEqual(before);
  });

  test('ten times at once makes one entry', async () => {
    const command = commandFor();
    const entries = await Promise.all(
      Array.from({ length: 10 }, () =>
        log(world, {}, contextFor(world, { role: 'agent', command: { ...command } })),
      ),
    );
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(1);
    expect(await database.prisma.timesheetEntry.count({ where: { companyId: world.companyId } })).toBe(1);
  });

  test('with another request is refused', async () => {
    const command = commandFor('one');
    await log(world, {}, contextFor(world, { role: 'agent', command }));
    const other = { ...command, fingerprint: 'two' };
    await expect(
      log(world, { minutes: 61 }, contextFor(world, { role: 'agent', command: other })),
    ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('that was refused is free for the corrected request', async () => {
    const command = commandFor();
    const context = () => contextFor(world, { role: 'agent', command: { ...command } });
    await expect(log(world, { ticketId: newId('ticket') }, context())).rejects.toMatchObject({
      code: 'validation_failed',
    });
    expect(await log(world, {}, context())).toMatchObject({ version: 1 });
  });
});

describe('the order line', () => {
  test('is the one that is named', async () => {
    const named = await saleOrder(world, { contactId: world.organisationId });
    await pack(world, 600);
    expect(await log(world, { saleOrderLineId: named.lineId })).toMatchObject({
      saleOrderLineId: named.lineId,
    });
  });

  test("is else the ticket's, then the newest pack with time left, then none", async () => {
    const older = await pack(world, 600);
    const newer = await pack(world, 60);
    const own = await saleOrder(world, { contactId: world.personId });
    const withLine = await ticket(world, world.team, {
      contactId: world.personId,
      saleOrderLineId: own.lineId,
    });
    expect((await log(world, { ticketId: withLine.id })).saleOrderLineId).toBe(own.lineId);
    expect((await bill(world)).saleOrderLineId).toBe(newer.lineId);
    expect((await bill(world, { minutes: 600 })).saleOrderLineId).toBe(older.lineId);
    expect((await bill(world)).saleOrderLineId).toBeNull();
  });

  test('counts what the ledger has not taken up yet as taken from its pack', async () => {
    const older = await pack(world, 600);
    const newer = await pack(world, 60);
    const first = await log(world, { minutes: 60 });
    expect(first.saleOrderLineId).toBe(newer.lineId);
    const second = await log(world, { minutes: 600 });
    expect(second.saleOrderLineId).toBe(older.lineId);
    expect((await log(world, { minutes: 5, billable: false })).saleOrderLineId).toBeNull();
    expect((await log(world)).saleOrderLineId).toBeNull();
    await deleteTimesheet(contextFor(world), first.id, undefined);
    expect((await log(world, { minutes: 60 })).saleOrderLineId).toBe(newer.lineId);
  });

  test("is not taken from a ticket whose line's order is no longer confirmed", async () => {
    const cancelled = await saleOrder(world, { contactId: world.personId, status: 'cancelled' });
    const stale = await ticket(world, world.team, {
      contactId: world.personId,
      saleOrderLineId: cancelled.lineId,
    });
    expect((await log(world, { ticketId: stale.id })).saleOrderLineId).toBeNull();
  });

  test('is not looked for when the team does not bill time or the time is not billable', async () => {
    await pack(world, 600);
    expect((await log(world, { billable: false })).saleOrderLineId).toBeNull();
    await database.prisma.team.update({
      where: { companyId_id: { companyId: world.companyId, id: world.team.id } },
      data: { timeBillingEnabled: false },
    });
    expect((await log(world)).saleOrderLineId).toBeNull();
  });

  test('is never one of another customer, of a draft or of goods', async () => {
    await saleOrder(world, { invoicing: 'prepaid' });
    await saleOrder(world, { contactId: world.personId, invoicing: 'prepaid', status: 'draft' });
    expect((await log(world)).saleOrderLineId).toBeNull();
  });

  test('is one for a customer without an organisation too', async () => {
    const personId = await contact(world);
    const order = await saleOrder(world, { contactId: personId, invoicing: 'prepaid' });
    const own = await ticket(world, world.team, { contactId: personId });
    expect((await log(world, { ticketId: own.id })).saleOrderLineId).toBe(order.lineId);
  });
});

describe('refusals', () => {
  /** Nothing may have been written by a refused call. */
  async function expectRefused(attempt: () => Promise<unknown>, refusal: object): Promise<void> {
    const before = await rowsOf(database);
    await expect(attempt()).rejects.toMatchObject(refusal);
    expect(await rowsOf(database)).toEqual(before);
  }
  const unknownReference = (pointer: string) => ({
    code: 'validation_failed',
    details: { fields: [{ pointer, code: 'unknown_reference' }] },
  });

  test('of an unknown or foreign ticket', async () => {
    const other = await timeWorld(database);
    await expectRefused(() => log(world, { ticketId: newId('ticket') }), unknownReference('/ticketId'));
    await expectRefused(() => log(world, { ticketId: other.ticket.id }), unknownReference('/ticketId'));
  });

  test('of an archived ticket', async () => {
    await database.prisma.ticket.update({
      where: { companyId_id: { companyId: world.companyId, id: world.ticket.id } },
      data: { archivedAt: new Date() },
    });
    await expectRefused(() => log(world), { code: 'ticket_archived' });
  });

  test('of a team that does not log time', async () => {
    const idle = await ticket(world, await team(world, { timesheets: false }));
    await expectRefused(() => log(world, { ticketId: idle.id }), { code: 'timesheets_disabled' });
  });

  test('of a user who is no employee', async () => {
    await expectRefused(() => log(world, {}, as(world, 'manager')), { code: 'no_employee' });
  });

  test('of time for others, but for managers and administrators', async () => {
    const colleague = await employee(world, { userId: (await user(world)).id });
    await expectRefused(() => log(world, { employeeId: colleague }), { code: 'forbidden' });
    await expectRefused(() => log(world, { employeeId: newId('employee') }), { code: 'forbidden' });
    expect(await log(world, { employeeId: world.agentEmployeeId })).toMatchObject({ version: 1 });
    for (const role of ['manager', 'admin'] as const) {
      expect(await log(world, { employeeId: colleague }, as(world, role))).toMatchObject({
        employeeId: colleague,
      });
    }
  });

  test('of an unknown or foreign employee', async () => {
    const foreign = await employee(await company(database));
    for (const employeeId of [newId('employee'), foreign]) {
      await expectRefused(
        () => log(world, { employeeId }, as(world, 'manager')),
        unknownReference('/employeeId'),
      );
    }
  });

  test('of an unknown or foreign order line', async () => {
    const foreign = await saleOrder(await company(database));
    for (const saleOrderLineId of [newId('saleOrderLine'), foreign.lineId]) {
      await expectRefused(() => log(world, { saleOrderLineId }), unknownReference('/saleOrderLineId'));
    }
  });

  test.each(['draft', 'cancelled'] as const)('of a line of a %s order', async (status) => {
    const order = await saleOrder(world, { contactId: world.organisationId, status });
    await expectRefused(() => log(world, { saleOrderLineId: order.lineId }), {
      code: 'order_line_not_billable',
      details: { fields: [{ pointer: '/saleOrderLineId' }], state: { orderStatus: status } },
    });
  });

  test("of another customer's line, and of any line on a ticket without a customer", async () => {
    const other = await saleOrder(world);
    await expectRefused(() => log(world, { saleOrderLineId: other.lineId }), {
      code: 'order_line_not_billable',
    });
    const own = await saleOrder(world, { contactId: world.personId });
    const nobody = await ticket(world, world.team);
    await expectRefused(() => log(world, { ticketId: nobody.id, saleOrderLineId: own.lineId }), {
      code: 'order_line_not_billable',
    });
  });

  test('of a line of pieces or goods', async () => {
    const order = await saleOrder(world, { contactId: world.organisationId });
    const goods = await product(world, { kind: 'goods' });
    const line = {
      companyId: world.companyId,
      orderId: order.id,
      description: 'Toner',
      unitPriceMinor: 100n,
    };
    const pieces = newId('saleOrderLine');
    const hoursOfGoods = newId('saleOrderLine');
    await database.prisma.saleOrderLine.createMany({
      data: [
        {
          ...line,
          id: pieces,
          productId: order.productId,
          position: 2,
          invoicing: 'prepaid',
          unit: 'piece',
          quantity: 3,
        },
        {
          ...line,
          id: hoursOfGoods,
          productId: goods,
          position: 3,
          invoicing: 'prepaid',
          unit: 'hour',
          orderedMinutes: 60,
        },
      ],
    });
    for (const saleOrderLineId of [pieces, hoursOfGoods]) {
      await expectRefused(() => log(world, { saleOrderLineId }), { code: 'order_line_not_billable' });
    }
  });
});

import { newId } from '../../../services/ids';
import { readOne } from '../../../services/listing';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { type TimesheetView, timesheetResource } from '../../../services/timesheets/timesheet';
import { updateTimesheet } from '../../../services/timesheets/update-timesheet';
import { testDatabase } from '../../support/database';
import { invoice, saleOrder, type TestSaleOrder, team, ticket, user } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { apply, as, bill, expectBooksInOrder, log, pack, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeEach(async () => {
  world = await timeWorld(database);
});
afterEach(() => expectBooksInOrder(database));

/** Both ways of making a new version. */
const changes = [
  [
    'a change',
    (entry: TimesheetView, context = as(world, 'agent'), version?: number) =>
      updateTimesheet(context, entry.id, { minutes: 30 }, version),
  ],
  [
    'a deletion',
    (entry: TimesheetView, context = as(world, 'agent'), version?: number) =>
      deleteTimesheet(context, entry.id, version),
  ],
] as const;

/** Puts the entry's slices on a draft of the order, as drafting an invoice does. */
async function draftWith(
  entry: TimesheetView,
  order: TestSaleOrder,
): Promise<{ id: string; lineId: string }> {
  const draft = await invoice(world, order, { minutes: entry.minutes });
  await database.prisma.slice.updateMany({
    where: { entryId: entry.id },
    data: { fate: 'reserved', invoiceLineId: draft.lineId },
  });
  return draft;
}

describe.each(changes)('%s of a time entry', (name, make) => {
  test('makes the next version, an event with before and after, and a job', async () => {
    const entry = await bill(world);
    await make(entry);
    const after = await readOne<TimesheetView>(as(world, 'agent'), timesheetResource, entry.id);
    expect(after).toMatchObject({ version: 2, billing: { state: 'pending' } });
    const event = await database.prisma.event.findFirstOrThrow({
      where: { subjectId: entry.id, kind: name === 'a change' ? 'timesheet.updated' : 'timesheet.deleted' },
    });
    expect(event).toMatchObject({ ticketId: world.ticket.id, before: { version: 1 }, after: { version: 2 } });
    const jobs = await database.prisma.job.findMany({ where: { companyId: world.companyId } });
    expect(jobs.map((job) => job.reference)).toEqual([
      { entryId: entry.id, version: 1 },
      { entryId: entry.id, version: 2 },
    ]);
  });

  async function expectRefused(attempt: () => Promise<unknown>, refusal: object): Promise<void> {
    const before = await rowsOf(database);
    await expect(attempt()).rejects.toMatchObject(refusal);
    expect(await rowsOf(database)).toEqual(before);
  }

  test('of an unknown, foreign or invisible one is refused', async () => {
    const foreign = await timeWorld(database);
    const foreignEntry = await log(foreign);
    await expectRefused(() => make({ ...foreignEntry, id: newId('timesheetEntry') }), { code: 'not_found' });
    await expectRefused(() => make(foreignEntry), { code: 'not_found' });
    const closed = await team(world, { visibility: 'private', memberIds: [] });
    const secret = await ticket(world, closed);
    const hidden = await log(
      world,
      { ticketId: secret.id, employeeId: world.agentEmployeeId },
      as(world, 'admin'),
    );
    await expectRefused(() => make(hidden), { code: 'not_found' });
  });

  test('based on an older version is refused', async () => {
    const entry = await log(world);
    await updateTimesheet(as(world, 'agent'), entry.id, { minutes: 50 }, 1);
    await expectRefused(() => make(entry, as(world, 'agent'), 1), {
      code: 'precondition_failed',
      details: { state: { version: 2 } },
    });
  });

  test('of a deleted one is refused', async () => {
    const entry = await log(world);
    await deleteTimesheet(as(world, 'agent'), entry.id, undefined);
    await expectRefused(() => make(entry), { code: 'entry_deleted' });
  });

  test("of a colleague's is for managers and administrators", async () => {
    const entry = await log(world);
    const colleague = await user(world);
    const context = { ...as(world, 'agent'), actor: { type: 'user', userId: colleague.id } } as const;
    await expectRefused(() => make(entry, context), { code: 'forbidden' });
    await make(entry, as(world, 'manager'));
    expect(await readOne<TimesheetView>(context, timesheetResource, entry.id)).toMatchObject({ version: 2 });
  });

  test('is refused from the moment a draft holds it, and after it is posted', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    const { id, lineId } = await draftWith(entry, order);
    const locked = { code: 'entry_locked', details: { state: { invoiceLineIds: [lineId] } } };
    await expectRefused(() => make(entry), locked);
    await database.prisma.slice.updateMany({ where: { entryId: entry.id }, data: { fate: 'invoiced' } });
    await database.prisma.invoice.update({
      where: { companyId_id: { companyId: world.companyId, id } },
      data: { status: 'posted', number: '2026-00001', postedAt: new Date() },
    });
    await expectRefused(() => make(entry), locked);
  });

  test('is free while it is drawn from a pack, also one that is invoiced', async () => {
    const order = await pack(world, 600);
    const reserved = await bill(world);
    await make(reserved);
    await invoice(world, order, { status: 'posted', minutes: 600 });
    const invoiced = await bill(world);
    await make(invoiced);
    await Promise.all([apply(world, reserved.id), apply(world, invoiced.id)]);
    expect(
      await database.prisma.slice.count({ where: { saleOrderLineId: order.lineId, toMinute: 60 } }),
    ).toBe(0);
  });

  test('waits for a draft that is being made, and is then refused', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    const draft = await invoice(world, order);
    const drafting = await database.pool.connect();
    try {
      await drafting.query('BEGIN');
      await drafting.query('SELECT 1 FROM sale_order_line WHERE id = $1 FOR UPDATE', [order.lineId]);
      const attempt = make(entry).catch((error: unknown) => error);
      await drafting.query(`UPDATE slice SET fate = 'reserved', invoice_line_id = $2 WHERE entry_id = $1`, [
        entry.id,
        draft.lineId,
      ]);
      await drafting.query('COMMIT');
      expect(await attempt).toMatchObject({ code: 'entry_locked' });
    } finally {
      drafting.release();
    }
  });
});

describe('the order line of changed time', () => {
  test('must take time of the same customer', async () => {
    const entry = await log(world);
    const other = await saleOrder(world);
    const change = (saleOrderLineId: string) =>
      updateTimesheet(as(world, 'agent'), entry.id, { saleOrderLineId }, undefined);
    await expect(change(other.lineId)).rejects.toMatchObject({ code: 'order_line_not_billable' });
    await expect(change(newId('saleOrderLine'))).rejects.toMatchObject({
      code: 'validation_failed',
      details: { fields: [{ pointer: '/saleOrderLineId', code: 'unknown_reference' }] },
    });
  });

  test('is picked when time becomes billable, kept when it stops, and taken off by null', async () => {
    const entry = await log(world, { billable: false });
    const order = await pack(world, 600);
    const agent = as(world, 'agent');
    const billable = await updateTimesheet(agent, entry.id, { billable: true }, undefined);
    expect(billable.saleOrderLineId).toBe(order.lineId);
    const free = await updateTimesheet(agent, entry.id, { billable: false }, undefined);
    expect(free.saleOrderLineId).toBe(order.lineId);
    const none = await updateTimesheet(agent, entry.id, { billable: true, saleOrderLineId: null }, undefined);
    expect(none.saleOrderLineId).toBeNull();
  });

  test('may stay although its order is closed by now', async () => {
    const order = await pack(world, 600);
    const entry = await log(world);
    await database.prisma.saleOrder.update({
      where: { companyId_id: { companyId: world.companyId, id: order.id } },
      data: { status: 'cancelled' },
    });
    const same = await updateTimesheet(
      as(world, 'agent'),
      entry.id,
      { saleOrderLineId: order.lineId, minutes: 5 },
      undefined,
    );
    expect(same.saleOrderLineId).toBe(order.lineId);
    await deleteTimesheet(as(world, 'agent'), entry.id, undefined);
  });
});

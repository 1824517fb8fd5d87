import { newId } from '../../../services/ids';
import { ledgerFindings, pendingEntries } from '../../../services/timesheets/invariants';
import { testDatabase } from '../../support/database';
import { invoice, saleOrder } from '../../support/factories';
import { apply, bill, log, pack, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeEach(async () => {
  world = await timeWorld(database);
});

const findings = async (pendingSeconds = 3600) => {
  const found = await ledgerFindings(database.pool, { companyId: world.companyId, pendingSeconds });
  return found.map(({ check, subjectId, expected, found }) => ({ check, subjectId, expected, found }));
};

test('right books have no findings', async () => {
  await pack(world, 90);
  await bill(world);
  await bill(world);
  await bill(world, { billable: false });
  expect(await findings()).toEqual([]);
});

test('a wrong delivered quantity is found, in its own company only', async () => {
  const other = await timeWorld(database);
  const order = await saleOrder(world, { contactId: world.personId });
  await bill(world, { saleOrderLineId: order.lineId });
  await database.prisma.saleOrderLine.updateMany({
    where: { id: order.lineId },
    data: { deliveredMinutes: 61 },
  });
  const finding = { check: 'delivered_differs', subjectId: order.lineId, expected: 60, found: 61 };
  expect(await findings()).toEqual([finding]);
  expect(await ledgerFindings(database.pool, { companyId: other.companyId })).toEqual([]);
  expect(await ledgerFindings(database.pool)).toEqual([{ ...finding, companyId: world.companyId }]);
  await database.prisma.saleOrderLine.updateMany({
    where: { id: order.lineId },
    data: { deliveredMinutes: 60 },
  });
});

test('time that waits too long for the ledger is found, and told when to go on', async () => {
  const entry = await log(world);
  expect(await findings()).toEqual([]);
  expect(await findings(0)).toEqual([{ check: 'entry_pending', subjectId: entry.id, expected: 1, found: 0 }]);
  const options = { olderThanSeconds: 0, limit: 10, companyId: world.companyId };
  expect(await pendingEntries(database.pool, options)).toEqual([
    {
      companyId: world.companyId,
      entryId: entry.id,
      ticketId: world.ticket.id,
      version: 1,
      appliedVersion: 0,
    },
  ]);
  expect(await pendingEntries(database.pool, { ...options, olderThanSeconds: 3600 })).toEqual([]);
  await apply(world, entry.id);
  expect(await pendingEntries(database.pool, options)).toEqual([]);
});

test('a pack that was made smaller than what is drawn from it is found', async () => {
  const order = await pack(world, 90);
  await bill(world);
  await database.prisma.saleOrderLine.updateMany({
    where: { id: order.lineId },
    data: { orderedMinutes: 50 },
  });
  expect(await findings()).toEqual([
    { check: 'pack_overdrawn', subjectId: order.lineId, expected: 50, found: 60 },
  ]);
});

test('overage beside free minutes, and minutes reserved beside posted ones, are found', async () => {
  const order = await pack(world, 50);
  await bill(world);
  await database.prisma.saleOrderLine.updateMany({
    where: { id: order.lineId },
    data: { orderedMinutes: 70 },
  });
  expect(await findings()).toEqual([
    { check: 'overage_beside_free_minutes', subjectId: order.lineId, expected: 0, found: 20 },
  ]);
  await database.prisma.saleOrderLine.updateMany({
    where: { id: order.lineId },
    data: { orderedMinutes: 50 },
  });
  await invoice(world, order, { status: 'posted', minutes: 20 });
  expect(await findings()).toEqual([
    { check: 'reserved_beside_posted_minutes', subjectId: order.lineId, expected: 0, found: 20 },
  ]);
});

test('more minutes on a line of a pack than it was posted for are found', async () => {
  const order = await pack(world, 50);
  const entry = await bill(world);
  const { lineId } = await invoice(world, order, { status: 'posted', minutes: 20 });
  await database.prisma.slice.updateMany({
    where: { entryId: entry.id, fate: 'reserved' },
    data: { fate: 'invoiced', invoiceLineId: lineId },
  });
  expect(await findings()).toEqual([
    { check: 'pack_line_overfilled', subjectId: lineId, expected: 20, found: 50 },
  ]);
});

test('time on an order that is not confirmed any more is found', async () => {
  const order = await pack(world, 90);
  await bill(world);
  await database.prisma.saleOrder.updateMany({ where: { id: order.id }, data: { status: 'cancelled' } });
  expect(await findings()).toEqual([
    { check: 'time_on_unconfirmed_order', subjectId: order.lineId, expected: 0, found: 60 },
  ]);
});

describe('the database itself refuses', () => {
  const slice = (entryId: string, fromMinute: number, toMinute: number) => ({
    companyId: world.companyId,
    id: newId('slice'),
    entryId,
    entryVersion: 1,
    fromMinute,
    toMinute,
    fate: 'non_billable',
    date: new Date('2026-03-02'),
  });

  test('slices that do not cover an applied entry', async () => {
    const entry = await bill(world);
    await expect(database.prisma.slice.deleteMany({ where: { entryId: entry.id } })).rejects.toThrow(
      'has 60 minutes but slices for 0',
    );
  });

  test('two slices over the same minute', async () => {
    const entry = await log(world);
    const both = [slice(entry.id, 0, 40), slice(entry.id, 39, 60)];
    await expect(database.prisma.slice.createMany({ data: both })).rejects.toThrow('slice_overlap_exclusion');
  });
});

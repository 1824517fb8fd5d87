import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { draftInvoice } from '../../../services/invoicing/draft-invoice';
import { cancelInvoiceRun } from '../../../services/invoicing/finish-invoice-run';
import { invoiceFindings } from '../../../services/invoicing/invariants';
import { testDatabase } from '../../support/database';
import { contextFor, invoice, saleOrder, timesheetEntry } from '../../support/factories';
import { draftOf, ledger } from './ledger';

const database = testDatabase();

afterEach(async () => {
  expect(await invoiceFindings(database.pool)).toEqual([]);
});

describe('time and materials', () => {
  it('bills the unbilled minutes of the period and reserves their slices', async () => {
    const { world, order, log, draft } = await ledger(database);
    await log(2, '2026-05-31');
    const june = [await log(3, '2026-06-01'), await log(1, '2026-06-30')];
    await log(4, '2026-07-01');

    const drafted = await draft({ from: '2026-06-01', to: '2026-06-30' });

    expect(drafted).toMatchObject({ status: 'draft', number: null, totalMinor: 48_000, openMinor: 48_000 });
    expect(drafted).toMatchObject({ from: '2026-06-01', to: '2026-06-30', saleOrderId: order.id });
    expect(drafted.lines).toEqual([
      expect.objectContaining({ quantityMinutes: 240, quantity: null, unitPriceMinor: 12_000 }),
    ]);
    const slices = await database.prisma.slice.findMany({
      where: { companyId: world.companyId, fate: 'reserved' },
    });
    expect(slices.map((slice) => slice.entryId).toSorted()).toEqual(june.toSorted());
    expect(new Set(slices.map((slice) => slice.invoiceLineId))).toEqual(new Set([drafted.lines[0]?.id]));
  });

  it('rounds the amount half up once', async () => {
    const { draft, world, order, ticket } = await ledger(database, { unitPriceMinor: 99 });
    const entry = await database.prisma.team.findFirstOrThrow({ where: { companyId: world.companyId } });
    const employee = await database.prisma.employee.findFirstOrThrow({
      where: { companyId: world.companyId },
    });
    await timesheetEntry(
      world,
      { ticketId: ticket.id, projectId: entry.projectId ?? '', employeeId: employee.id },
      { minutes: 50, saleOrderLineId: order.lineId, applied: true },
    );
    expect((await draft()).totalMinor).toBe(83);
  });

  it('leaves an entry for later whose newer version is not in the ledger yet', async () => {
    const { world, log, draft } = await ledger(database);
    await log(1, '2026-06-01');
    const changing = await log(2, '2026-06-02');
    await database.prisma.timesheetEntry.update({
      where: { companyId_id: { companyId: world.companyId, id: changing } },
      data: { minutes: 30, version: 2 },
    });
    expect((await draft()).lines).toEqual([expect.objectContaining({ quantityMinutes: 60 })]);
  });
});

describe('prepaid and pieces', () => {
  it('bills prepaid time as ordered and once, whatever was delivered and whatever the period', async () => {
    const { log, draft, world, order } = await ledger(database, {
      invoicing: 'prepaid',
      orderedMinutes: 600,
    });
    const entryId = await log(12, '2026-06-01');
    const drafted = await draft({ from: '2020-01-01', to: '2020-01-31' });
    expect(drafted.lines).toEqual([expect.objectContaining({ quantityMinutes: 600, amountMinor: 120_000 })]);
    await expect(draftOf(world, order.id)).rejects.toThrow('nothing_to_invoice');
    // Overage stays unbilled: an invoice never picks it by itself (F 6.3).
    const slices = await database.prisma.slice.findMany({ where: { companyId: world.companyId, entryId } });
    expect(slices.map((slice) => slice.fate)).toEqual(['unbilled']);
  });

  it('bills pieces that are on no invoice yet', async () => {
    const { world, order } = await ledger(database);
    await database.prisma.saleOrderLine.update({
      where: { companyId_id: { companyId: world.companyId, id: order.lineId } },
      data: { unit: 'piece', quantity: 3, orderedMinutes: null },
    });
    const drafted = await draftOf(world, order.id);
    expect(drafted.lines).toEqual([
      expect.objectContaining({ quantity: 3, quantityMinutes: null, amountMinor: 36_000 }),
    ]);
    await expect(draftOf(world, order.id)).rejects.toThrow('nothing_to_invoice');
  });
});

describe('exactly once', () => {
  it('makes one invoice when a run does an order twice, also at once', async () => {
    const { world, order, log } = await ledger(database);
    await log(1, '2026-06-01');
    const context = contextFor(world, { role: 'finance' });
    const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] } });
    const key = { runId: run.id, saleOrderId: order.id };
    const [first, second] = await Promise.all([draftInvoice(context, key), draftInvoice(context, key)]);
    await log(1, '2026-06-02');
    const third = await draftInvoice(context, key);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(1);
    expect(
      await database.prisma.event.count({ where: { companyId: world.companyId, kind: 'invoice.drafted' } }),
    ).toBe(1);
  });

  it('never gives two drafts at once the same minute', async () => {
    const { world, order, log } = await ledger(database);
    for (const day of ['01', '02', '03', '04', '05']) await log(2, `2026-06-${day}`);
    const settled = await Promise.allSettled(Array.from({ length: 6 }, () => draftOf(world, order.id)));
    const drafts = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.lines[0]?.quantityMinutes).toBe(600);
  });

  it('leaves nothing behind when the connection dies in the middle, and then does it once', async () => {
    const { world, order, log } = await ledger(database);
    await log(1, '2026-06-01');
    const context = contextFor(world, { role: 'finance' });
    const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] } });
    const key = { runId: run.id, saleOrderId: order.id };
    const holder = await database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM sale_order_line WHERE id = $1 FOR UPDATE', [order.lineId]);
      const dying = draftInvoice(context, key).then(
        () => 'done',
        () => 'died',
      );
      expect(await terminateWaiting()).toBe(1);
      expect(await dying).toBe('died');
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(0);
    expect(await draftInvoice(context, key)).toMatchObject({ status: 'invoiced' });
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(1);
  });
});

describe('refusals', () => {
  it.each(['draft', 'cancelled'] as const)(
    'records a %s order as refused and makes nothing',
    async (status) => {
      const { world } = await ledger(database);
      const order = await saleOrder(world, { status, invoicing: 'prepaid' });
      const context = contextFor(world, { role: 'finance' });
      const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] } });
      const outcome = await draftInvoice(context, { runId: run.id, saleOrderId: order.id });
      expect(outcome).toEqual({ status: 'refused', invoiceId: null, problemCode: 'order_not_confirmed' });
    },
  );

  it('makes no invoice over nothing', async () => {
    const { world } = await ledger(database);
    const free = await saleOrder(world, { invoicing: 'prepaid', unitPriceMinor: 0 });
    await expect(draftOf(world, free.id)).rejects.toThrow('nothing_to_invoice');
  });

  it('does not touch the orders of a cancelled run', async () => {
    const { world, order, log } = await ledger(database);
    await log(1, '2026-06-01');
    const context = contextFor(world, { role: 'finance' });
    const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] } });
    await cancelInvoiceRun(context, run.id);
    const outcome = await draftInvoice(context, { runId: run.id, saleOrderId: order.id });
    expect(outcome).toMatchObject({ status: 'cancelled', invoiceId: null });
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('counts what stands on drafts of prepaid lines', async () => {
    const { world, order } = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 600 });
    await invoice(world, order, { minutes: 240 });
    expect((await draftOf(world, order.id)).lines[0]?.quantityMinutes).toBe(360);
  });
});

/** Ends the one backend of this database that waits for a lock; how many that were. */
async function terminateWaiting(): Promise<number> {
  for (;;) {
    const { rows } = await database.pool.query<{ done: boolean }>(
      `SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return rows.length;
  }
}

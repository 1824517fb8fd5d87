import { newId } from '../../../services/ids';
import { deleteInvoice } from '../../../services/invoicing/delete-invoice';
import { invoiceFindings } from '../../../services/invoicing/invariants';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { updateInvoice } from '../../../services/invoicing/update-invoice';
import { testDatabase } from '../../support/database';
import { contextFor } from '../../support/factories';
import { draftOf, ledger } from './ledger';

const database = testDatabase();

afterEach(async () => {
  expect(await invoiceFindings(database.pool)).toEqual([]);
});

describe('lowering a draft (F 6.3)', () => {
  it('frees the newest minutes and cuts a slice at the minute', async () => {
    const { world, log, draft } = await ledger(database);
    const entries = [await log(3, '2026-06-03'), await log(2, '2026-06-01'), await log(1, '2026-06-05')];
    const drafted = await draft();
    const lineId = drafted.lines[0]?.id ?? '';

    const lowered = await updateInvoice(
      contextFor(world),
      drafted.id,
      [{ lineId, quantityMinutes: 200 }],
      drafted.version,
    );

    expect(lowered).toMatchObject({ totalMinor: 40_000, version: 2 });
    const slices = await database.prisma.slice.findMany({
      where: { companyId: world.companyId },
      orderBy: [{ date: 'asc' }, { fromMinute: 'asc' }],
    });
    expect(slices.map((slice) => [slice.entryId, slice.fromMinute, slice.toMinute, slice.fate])).toEqual([
      [entries[1], 0, 120, 'reserved'],
      [entries[0], 0, 80, 'reserved'],
      [entries[0], 80, 180, 'unbilled'],
      [entries[2], 0, 60, 'unbilled'],
    ]);
  });

  it('(a) bills 20 hours, then exactly what was added since', async () => {
    const { world, log, draft } = await ledger(database);
    await log(20, '2026-06-01');
    const first = await draft();
    await postInvoice(contextFor(world), first.id, undefined);
    await log(5, '2026-06-02');
    const second = await draft();
    await log(3, '2026-06-03');
    const third = await draft();
    expect([first, second, third].map((invoice) => invoice.lines[0]?.quantityMinutes)).toEqual([
      1200, 300, 180,
    ]);
  });

  it('(c) bills what was logged late in a period that was billed before', async () => {
    const { world, log, draft } = await ledger(database);
    await log(4, '2026-06-10');
    await log(3, '2026-07-10');
    const first = await draft({ from: '2026-06-01', to: '2026-07-31' });
    await postInvoice(contextFor(world), first.id, undefined);
    await log(1, '2026-07-11');
    const second = await draft({ from: '2026-06-01', to: '2026-07-31' });
    expect([first, second].map((invoice) => invoice.lines[0]?.quantityMinutes)).toEqual([420, 60]);
  });

  it('(d) bills later what was taken off by hand', async () => {
    const { world, log, draft } = await ledger(database);
    await log(10, '2026-06-01');
    const first = await draft();
    await updateInvoice(
      contextFor(world),
      first.id,
      [{ lineId: first.lines[0]?.id ?? '', quantityMinutes: 240 }],
      undefined,
    );
    await postInvoice(contextFor(world), first.id, undefined);
    expect((await draft()).lines[0]?.quantityMinutes).toBe(360);
  });

  it('(e) refuses a raised quantity, and later time stays billable', async () => {
    const { world, log, draft } = await ledger(database);
    await log(4, '2026-06-01');
    const first = await draft();
    await expect(
      updateInvoice(
        contextFor(world),
        first.id,
        [{ lineId: first.lines[0]?.id ?? '', quantityMinutes: 241 }],
        undefined,
      ),
    ).rejects.toMatchObject({
      code: 'validation_failed',
      details: { fields: [{ pointer: '/lines/0/quantityMinutes', code: 'too_high' }] },
    });
    await postInvoice(contextFor(world), first.id, undefined);
    await log(2, '2026-07-01');
    expect((await draft({ from: '2026-07-01' })).lines[0]?.quantityMinutes).toBe(120);
  });

  it('bills the rest of a lowered prepaid line later', async () => {
    const { world, draft } = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 600 });
    const first = await draft();
    await updateInvoice(
      contextFor(world),
      first.id,
      [{ lineId: first.lines[0]?.id ?? '', quantityMinutes: 150 }],
      undefined,
    );
    expect((await draft()).lines[0]?.quantityMinutes).toBe(450);
  });

  it('takes a line off with 0, but never the last one', async () => {
    const { world, order, log } = await ledger(database);
    await log(1, '2026-06-01');
    const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: order.lineId } });
    await database.prisma.saleOrderLine.create({
      data: {
        ...line,
        id: newId('saleOrderLine'),
        position: 2,
        invoicing: 'prepaid',
        description: 'Pack',
      },
    });
    const drafted = await draftOf(world, order.id);
    const [time, pack] = drafted.lines;
    const change = (lineId: string | undefined) =>
      updateInvoice(contextFor(world), drafted.id, [{ lineId: lineId ?? '', quantityMinutes: 0 }], undefined);
    expect((await change(time?.id)).lines.map((one) => one.description)).toEqual(['Pack']);
    await expect(change(pack?.id)).rejects.toMatchObject({
      code: 'validation_failed',
      details: { fields: [{ pointer: '/lines' }] },
    });
  });

  it('rewords without touching minutes; refuses foreign lines, doubles, the other measure and posted ones', async () => {
    const { world, log, draft } = await ledger(database);
    await log(1, '2026-06-01');
    const drafted = await draft();
    const lineId = drafted.lines[0]?.id ?? '';
    const change = (lines: Parameters<typeof updateInvoice>[2]) =>
      updateInvoice(contextFor(world), drafted.id, lines, undefined);
    expect((await change([{ lineId, description: 'May' }])).lines).toEqual([
      { ...drafted.lines[0], description: 'May' },
    ]);
    const refusals = await Promise.allSettled([
      change([{ lineId: newId('invoiceLine'), quantityMinutes: 1 }]),
      change([{ lineId }, { lineId }]),
      change([{ lineId, quantity: 1 }]),
    ]);
    expect(
      refusals.map((one) => (one.status === 'rejected' ? one.reason.details.fields[0].pointer : 'done')),
    ).toEqual(['/lines/0/lineId', '/lines/1/lineId', '/lines/0/quantity']);
    await postInvoice(contextFor(world), drafted.id, undefined);
    await expect(change([{ lineId, quantityMinutes: 1 }])).rejects.toMatchObject({
      code: 'invoice_not_draft',
    });
  });
});

describe('deleting a draft', () => {
  it('frees its minutes, and its run does not make it again', async () => {
    const { world, log, draft } = await ledger(database);
    await log(2, '2026-06-01');
    const drafted = await draft();
    await deleteInvoice(contextFor(world), drafted.id, drafted.version);
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(0);
    const order = await database.prisma.invoiceRunOrder.findFirstOrThrow({
      where: { companyId: world.companyId },
    });
    expect(order).toMatchObject({ status: 'cancelled', invoiceId: null });
    expect((await draft()).lines[0]?.quantityMinutes).toBe(120);
  });

  it('refuses a posted one, an unknown one and one that has changed', async () => {
    const { world, log, draft } = await ledger(database);
    await log(2, '2026-06-01');
    const drafted = await draft();
    const context = contextFor(world);
    await expect(deleteInvoice(context, drafted.id, 9)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await postInvoice(context, drafted.id, undefined);
    await expect(deleteInvoice(context, drafted.id, undefined)).rejects.toMatchObject({
      code: 'invoice_not_draft',
    });
    await expect(deleteInvoice(context, 'inv_none', undefined)).rejects.toMatchObject({ code: 'not_found' });
  });
});

import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { draftInvoice } from '../../../services/invoicing/draft-invoice';
import { cancelInvoiceRun, finishInvoiceRun } from '../../../services/invoicing/finish-invoice-run';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { draftedInvoice, requestInvoice } from '../../../services/invoicing/request-invoice';
import { staleInvoiceRuns } from '../../../services/invoicing/stale-runs';
import { openRunOrders, startInvoiceRun } from '../../../services/invoicing/start-invoice-run';
import { testDatabase } from '../../support/database';
import { commandFor, company, contact, contextFor, saleOrder } from '../../support/factories';
import { ledger } from './ledger';

const database = testDatabase();

const prepaid = { invoicing: 'prepaid' } as const;

describe('which orders a run takes', () => {
  it('takes the orders named, in any state, and refuses unknown and foreign ones alike', async () => {
    const world = await company(database);
    const other = await saleOrder(await company(database), prepaid);
    const named = [await saleOrder(world, prepaid), await saleOrder(world, { ...prepaid, status: 'draft' })];
    const ids = named.map((order) => order.id);
    const run = await createInvoiceRun(contextFor(world), { filter: { saleOrderIds: ids } });
    expect(run.orders.map((order) => order.saleOrderId)).toEqual(ids.toSorted());
    expect(run).toMatchObject({ status: 'pending', post: false, progress: { total: 2, pending: 2 } });
    await expect(
      createInvoiceRun(contextFor(world), { filter: { saleOrderIds: [...ids, other.id] } }),
    ).rejects.toMatchObject({
      details: { fields: [{ pointer: '/filter/saleOrderIds/2', code: 'unknown_reference' }] },
    });
  });

  it("takes an organisation's and its people's confirmed orders", async () => {
    const world = await company(database);
    const organisationId = await contact(world, { kind: 'organisation' });
    const personId = await contact(world, { organisationId });
    const wanted = [
      await saleOrder(world, { ...prepaid, contactId: organisationId }),
      await saleOrder(world, { ...prepaid, contactId: personId }),
    ];
    await saleOrder(world, { ...prepaid, contactId: personId, status: 'draft' });
    await saleOrder(world, prepaid);
    const run = await createInvoiceRun(contextFor(world), { filter: { contactId: organisationId } });
    expect(run.orders.map((order) => order.saleOrderId)).toEqual(wanted.map((order) => order.id).toSorted());
    const all = await createInvoiceRun(contextFor(world), { filter: {} });
    expect(all.progress.total).toBe(3);
  });

  it('refuses a period that ends before it begins', async () => {
    const world = await company(database);
    expect(() =>
      createInvoiceRun(contextFor(world), { filter: {}, from: '2026-02-01', to: '2026-01-31' }),
    ).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});

describe('the life of a run', () => {
  it('lists open orders in pages, with drafts to be posted', async () => {
    const world = await company(database);
    const context = contextFor(world);
    for (let index = 0; index < 3; index++) await saleOrder(world, prepaid);
    const run = await createInvoiceRun(context, { filter: {}, post: true });
    expect(await startInvoiceRun(context, run.id)).toMatchObject({ status: 'running', post: true });
    const { saleOrderIds } = await openRunOrders(context, run.id, { afterSaleOrderId: null, limit: 2 });
    expect(saleOrderIds).toHaveLength(2);
    const [first = ''] = saleOrderIds;
    const { invoiceId } = await draftInvoice(context, { runId: run.id, saleOrderId: first });
    const drafted = await openRunOrders(context, run.id, { afterSaleOrderId: null, limit: 9 });
    expect(drafted.saleOrderIds).toHaveLength(3);
    await postInvoice(context, invoiceId ?? '', undefined);
    const left = await openRunOrders(context, run.id, { afterSaleOrderId: null, limit: 9 });
    expect(left.saleOrderIds).not.toContain(first);
    expect(await finishInvoiceRun(context, run.id, 'completed')).toMatchObject({ status: 'running' });
    for (const saleOrderId of left.saleOrderIds) await draftInvoice(context, { runId: run.id, saleOrderId });
    expect(await finishInvoiceRun(context, run.id, 'completed')).toMatchObject({ status: 'completed' });
    expect(await finishInvoiceRun(context, run.id, 'cancelled')).toMatchObject({ status: 'completed' });
    await expect(cancelInvoiceRun(context, run.id)).rejects.toMatchObject({ code: 'run_not_cancellable' });
  });

  it('cancels what is pending and keeps what is made, also while an order is being invoiced', async () => {
    const world = await company(database);
    const context = contextFor(world);
    for (let index = 0; index < 5; index++) await saleOrder(world, prepaid);
    const run = await createInvoiceRun(context, { filter: {} });
    await startInvoiceRun(context, run.id);
    const { saleOrderIds } = await openRunOrders(context, run.id, { afterSaleOrderId: null, limit: 9 });
    const [cancelled] = await Promise.all([
      cancelInvoiceRun(context, run.id),
      ...saleOrderIds.map((saleOrderId) => draftInvoice(context, { runId: run.id, saleOrderId })),
    ]);
    expect(cancelled).toMatchObject({ status: 'cancelled', progress: { pending: 0, total: 5 } });
    const invoices = await database.prisma.invoice.count({ where: { companyId: world.companyId } });
    expect(invoices).toBe(cancelled.progress.invoiced);
  });

  it('is stale when nothing has happened on it for a while', async () => {
    const world = await company(database);
    const context = contextFor(world);
    const order = await saleOrder(world, prepaid);
    const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] } });
    const isStale = async (): Promise<boolean> =>
      (await staleInvoiceRuns(database.pool, 60)).some((stale) => stale.runId === run.id);
    expect(await isStale()).toBe(false);
    const age = (table: string) =>
      database.pool.query(
        `UPDATE ${table} SET updated_at = now() - interval '2 minutes' WHERE company_id = $1`,
        [world.companyId],
      );
    await age('invoice_run');
    expect(await isStale()).toBe(false);
    await age('invoice_run_order');
    expect(await isStale()).toBe(true);
    await cancelInvoiceRun(context, run.id);
    await age('invoice_run');
    await age('invoice_run_order');
    expect(await isStale()).toBe(false);
  });
});

describe('one order asked for by itself', () => {
  it('answers a repeated request what the first one made, also after the draft was posted', async () => {
    const { world, order } = await ledger(database, prepaid);
    const command = commandFor();
    const ask = () => requestInvoice(contextFor(world, { command: { ...command } }), order.id, {});
    const run = await ask();
    const key = { runId: run.id, saleOrderId: order.id };
    expect(await draftedInvoice(contextFor(world), key)).toBeNull();
    await draftInvoice(contextFor(world), key);
    const first = await draftedInvoice(contextFor(world), key);
    await postInvoice(contextFor(world), first?.id ?? '', undefined);
    expect(await ask()).toEqual(run);
    expect(await draftedInvoice(contextFor(world), key)).toEqual(first);
    expect(first?.status).toBe('draft');
  });

  it('refuses at once what would be refused anyway, and leaves no run', async () => {
    const world = await company(database);
    const context = contextFor(world);
    const draft = await saleOrder(world, { ...prepaid, status: 'draft' });
    const empty = await saleOrder(world);
    await expect(requestInvoice(context, draft.id, {})).rejects.toMatchObject({
      code: 'order_not_confirmed',
    });
    await expect(requestInvoice(context, empty.id, {})).rejects.toMatchObject({ code: 'nothing_to_invoice' });
    await expect(requestInvoice(context, 'sor_none', {})).rejects.toMatchObject({ code: 'not_found' });
    expect(await database.prisma.invoiceRun.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('tells two requests at once apart: one gets the minutes, the other nothing', async () => {
    const { world, order, log } = await ledger(database);
    await log(2, '2026-06-01');
    const context = contextFor(world);
    const runs = await Promise.all([
      requestInvoice(context, order.id, {}),
      requestInvoice(context, order.id, {}),
    ]);
    const keys = runs.map((run) => ({ runId: run.id, saleOrderId: order.id }));
    await Promise.all(keys.map((key) => draftInvoice(context, key)));
    const answers = await Promise.allSettled(keys.map((key) => draftedInvoice(context, key)));
    expect(
      answers.map((one) => (one.status === 'fulfilled' ? one.value?.totalMinor : one.reason.code)).toSorted(),
    ).toEqual([24_000, 'nothing_to_invoice']);
  });
});

import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { draftInvoice } from '../../../services/invoicing/draft-invoice';
import { invoiceFindings } from '../../../services/invoicing/invariants';
import type { InvoiceView } from '../../../services/invoicing/invoice';
import { postInvoice, postRunInvoice } from '../../../services/invoicing/post-invoice';
import { recordPayment } from '../../../services/invoicing/record-payment';
import { testDatabase } from '../../support/database';
import { company, contextFor, saleOrder, type World } from '../../support/factories';
import { draftOf, ledger } from './ledger';

const database = testDatabase();

afterEach(async () => {
  expect(await invoiceFindings(database.pool)).toEqual([]);
});

/** So many drafts of prepaid orders of a new company. */
async function drafts(count: number): Promise<{ world: World; invoices: InvoiceView[] }> {
  const world = await company(database);
  const invoices: InvoiceView[] = [];
  for (let index = 0; index < count; index++) {
    const order = await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 });
    invoices.push(await draftOf(world, order.id));
  }
  return { world, invoices };
}

const at = (instant: string) => ({ role: 'finance' as const, now: () => new Date(instant) });

describe('posting', () => {
  it('gives ten posts at once ten consecutive numbers', async () => {
    const { world, invoices } = await drafts(10);
    const context = contextFor(world, at('2026-05-01T10:00:00Z'));
    const posted = await Promise.all(invoices.map(({ id }) => postInvoice(context, id, undefined)));
    expect(posted.map((invoice) => invoice.number).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, index) => `INV/2026/${String(index + 1).padStart(5, '0')}`),
    );
  });

  it('leaves no gap when a post is rolled back', async () => {
    const { world, invoices } = await drafts(2);
    const [first, second] = invoices;
    const broken = contextFor(world, {
      ...at('2026-05-01T10:00:00Z'),
      command: { commandId: 'x'.repeat(40), fingerprint: 'f', replayed: false },
    });
    // The command's row is taken away at the very end of the transaction, after the number was given.
    await database.pool.query(
      `CREATE FUNCTION fail_post() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
       CREATE TRIGGER fail_post BEFORE UPDATE ON idempotency_key FOR EACH ROW EXECUTE FUNCTION fail_post()`,
    );
    await expect(postInvoice(broken, first?.id ?? '', undefined)).rejects.toThrow('no');
    await database.pool.query('DROP TRIGGER fail_post ON idempotency_key; DROP FUNCTION fail_post()');
    const context = contextFor(world, at('2026-05-01T10:00:00Z'));
    expect((await postInvoice(context, second?.id ?? '', undefined)).number).toBe('INV/2026/00001');
    expect((await postInvoice(context, first?.id ?? '', undefined)).number).toBe('INV/2026/00002');
  });

  it("takes the year in the company's time zone and starts again each year", async () => {
    const { world, invoices } = await drafts(3);
    const numbers: (string | null)[] = [];
    for (const [index, instant] of [
      '2026-12-31T22:59:59Z',
      '2026-12-31T23:00:00Z',
      '2027-06-01T00:00:00Z',
    ].entries()) {
      const posted = await postInvoice(contextFor(world, at(instant)), invoices[index]?.id ?? '', undefined);
      numbers.push(posted.number);
    }
    expect(numbers).toEqual(['INV/2026/00001', 'INV/2027/00001', 'INV/2027/00002']);
  });

  it('makes the slices of time and materials invoiced, and the lines show it', async () => {
    const { world, log, draft } = await ledger(database);
    const entryId = await log(2, '2026-06-01');
    const drafted = await draft();
    const posted = await postInvoice(contextFor(world), drafted.id, drafted.version);
    expect(posted).toMatchObject({ status: 'posted', version: 2 });
    const slices = await database.prisma.slice.findMany({ where: { companyId: world.companyId, entryId } });
    expect(slices.map(({ fate, invoiceLineId }) => ({ fate, invoiceLineId }))).toEqual([
      { fate: 'invoiced', invoiceLineId: drafted.lines[0]?.id },
    ]);
  });

  it('puts the reserved minutes of a prepaid line on its invoice', async () => {
    const { world, log, draft } = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 600 });
    const entryId = await log(2, '2026-06-01');
    await database.prisma.slice.updateMany({
      where: { companyId: world.companyId, entryId },
      data: { fate: 'reserved' },
    });
    const drafted = await draft();
    await postInvoice(contextFor(world), drafted.id, undefined);
    const slices = await database.prisma.slice.findMany({ where: { companyId: world.companyId, entryId } });
    expect(slices.map(({ fate, invoiceLineId }) => ({ fate, invoiceLineId }))).toEqual([
      { fate: 'invoiced', invoiceLineId: drafted.lines[0]?.id },
    ]);
  });

  it('refuses a second post, and one of a version that has gone', async () => {
    const { world, invoices } = await drafts(1);
    const id = invoices[0]?.id ?? '';
    await expect(postInvoice(contextFor(world), id, 7)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const both = await Promise.allSettled([
      postInvoice(contextFor(world), id, undefined),
      postInvoice(contextFor(world), id, undefined),
    ]);
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(postInvoice(contextFor(world), id, undefined)).rejects.toMatchObject({
      code: 'invoice_not_draft',
    });
  });

  it('posts once for a run however often it is asked', async () => {
    const world = await company(database);
    const order = await saleOrder(world, { invoicing: 'prepaid' });
    const context = contextFor(world);
    const run = await createInvoiceRun(context, { filter: { saleOrderIds: [order.id] }, post: true });
    const key = { runId: run.id, saleOrderId: order.id };
    expect(await postRunInvoice(context, key)).toEqual({ posted: false });
    await draftInvoice(context, key);
    const answers = await Promise.all([postRunInvoice(context, key), postRunInvoice(context, key)]);
    expect(answers).toEqual([{ posted: true }, { posted: true }]);
    const counter = await database.prisma.invoiceNumberCounter.findFirstOrThrow({
      where: { companyId: world.companyId },
    });
    expect(counter.lastNumber).toBe(1);
  });
});

describe('payments', () => {
  const payment = (amountMinor: number, reference: string, paidAt = '2026-06-10T00:00:00Z') => ({
    amountMinor,
    reference,
    paidAt,
    method: 'bank_transfer',
  });

  async function posted(): Promise<{ context: ReturnType<typeof contextFor>; invoice: InvoiceView }> {
    const { world, invoices } = await drafts(1);
    const context = contextFor(world);
    return { context, invoice: await postInvoice(context, invoices[0]?.id ?? '', undefined) };
  }

  it('takes partial payments until nothing is open, and is paid at the latest of them', async () => {
    const { context, invoice } = await posted();
    expect(await recordPayment(context, invoice.id, payment(5_000, 'a'))).toMatchObject({
      invoiceStatus: 'posted',
      openMinor: 7_000,
    });
    const last = await recordPayment(context, invoice.id, payment(7_000, 'b', '2026-06-01T00:00:00Z'));
    expect(last).toMatchObject({ invoiceStatus: 'paid', openMinor: 0 });
    const row = await database.prisma.invoice.findFirstOrThrow({ where: { id: invoice.id } });
    expect(row.paidAt?.toISOString()).toBe('2026-06-10T00:00:00.000Z');
  });

  it('never takes more than is open, also when two come at once', async () => {
    const { context, invoice } = await posted();
    const settled = await Promise.allSettled([
      recordPayment(context, invoice.id, payment(12_000, 'a')),
      recordPayment(context, invoice.id, payment(12_000, 'b')),
    ]);
    expect(settled.map((one) => (one.status === 'rejected' ? one.reason.code : 'taken')).toSorted()).toEqual([
      'payment_too_high',
      'taken',
    ]);
  });

  it('refuses a reference twice, a draft, and an amount above what is open', async () => {
    const { context, invoice } = await posted();
    await recordPayment(context, invoice.id, payment(1_000, 'a'));
    await expect(recordPayment(context, invoice.id, payment(1_000, 'a'))).rejects.toMatchObject({
      code: 'already_exists',
    });
    await expect(recordPayment(context, invoice.id, payment(11_001, 'b'))).rejects.toMatchObject({
      code: 'payment_too_high',
      message: 'Only 110.00 EUR of the invoice is open.',
      details: { state: { openMinor: 11_000 } },
    });
    const { world, invoices } = await drafts(1);
    await expect(
      recordPayment(contextFor(world), invoices[0]?.id ?? '', payment(1, 'a')),
    ).rejects.toMatchObject({ code: 'invoice_not_posted' });
  });
});

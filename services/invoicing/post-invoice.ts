import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { type PackToRefill, refillPacks } from '../timesheets/refill-packs';
import { change } from '../transaction';
import { nextVersion, updateRecord } from '../update';
import { type InvoiceView, invoiceResource } from './invoice';
import { lockOrderLines } from './lock-lines';
import { lockRunOrder, type RunOrderKey } from './run-order';

/**
 * Draft to posted (spec.md §9): gives the next number of the company and year, without gaps whatever is rolled back
 * and in a row for posts at once, and makes the invoice's slices `invoiced`. The invoice's date is that of the instant in
 * the company's time zone, and stays when that becomes another; the year is the date's.
 * @throws DomainError `not_found`, `precondition_failed`, `invoice_not_draft`.
 */
export function postInvoice(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<InvoiceView> {
  return updateRecord<InvoiceView>(context, {
    resource: invoiceResource,
    table: 'invoice',
    id,
    expectedVersion,
    eventKind: 'invoice.posted',
    write: async ({ db }, before) => {
      requireDraftInvoice(before);
      await post(context, db, before);
    },
  });
}

/**
 * Posts the draft a run made of this order; does nothing when it was posted already, deleted or never made.
 * @returns whether the order's invoice is posted now.
 * @throws DomainError `not_found` when the run does not have this order.
 */
export function postRunInvoice(context: Context, key: RunOrderKey): Promise<{ readonly posted: boolean }> {
  return change(context, async ({ db, event, unchanged }) => {
    const { invoiceId } = await lockRunOrder(context, db, key);
    if (invoiceId === null) {
      unchanged();
      return { posted: false };
    }
    await db.$queryRaw`
      SELECT id FROM invoice WHERE company_id = ${context.companyId} AND id = ${invoiceId} FOR UPDATE`;
    const before = await readOne<InvoiceView>(context, invoiceResource, invoiceId, within(db));
    if (before.status !== 'draft') {
      unchanged();
      return { posted: true };
    }
    await post(context, db, before);
    const after = await readOne<InvoiceView>(context, invoiceResource, invoiceId, within(db));
    event({
      kind: 'invoice.posted',
      subjectId: invoiceId,
      before,
      after,
      reason: `invoice run ${key.runId}`,
    });
    return { posted: true };
  });
}

/** Only a draft can be changed, deleted or posted. @throws DomainError `invoice_not_draft` */
export function requireDraftInvoice(invoice: InvoiceView): void {
  if (invoice.status !== 'draft') {
    throw new DomainError(
      'invoice_not_draft',
      `The invoice is ${invoice.status}; only a draft can be changed.`,
      { state: { status: invoice.status, number: invoice.number } },
    );
  }
}

/**
 * The caller holds the lock of the draft invoice. What is drawn from a pack is paid for by its invoice: as many of
 * the reserved minutes as the line is posted for stand on it from now on, and what is drawn later finds the rest.
 */
async function post(context: Context, db: Transaction, invoice: InvoiceView): Promise<void> {
  const { companyId } = context;
  const { id } = invoice;
  const now = context.now();
  await lockOrderLines(within(db), companyId, invoice.saleOrderId);
  await db.$executeRaw`
    UPDATE slice s SET fate = 'invoiced', updated_at = ${now}
    FROM invoice_line il
    WHERE il.company_id = ${companyId} AND il.invoice_id = ${id} AND s.company_id = ${companyId}
      AND s.invoice_line_id = il.id AND s.fate = 'reserved'`;
  await refillPacks(context, db, packsOf(invoice));
  const { number, date } = await nextInvoiceNumber(context, db, now);
  await db.invoice.update({
    where: { companyId_id: { companyId, id } },
    data: { status: 'posted', number, postedAt: now, invoiceDate: new Date(date), ...nextVersion(context) },
  });
}

/** Of lines of time and materials nothing is reserved beside a draft, so they are no packs to refill. */
function packsOf(invoice: InvoiceView): PackToRefill[] {
  return invoice.lines.flatMap((line) => {
    const { id: invoiceLineId, saleOrderLineId: lineId, quantityMinutes: minutes } = line;
    return minutes === null ? [] : [{ lineId, freeMinutes: 0, posted: [{ invoiceLineId, minutes }] }];
  });
}

/**
 * The next number with the invoice's date. Holds the counter's row until the transaction ends, which is what makes the
 * numbers gapless; taken last.
 */
async function nextInvoiceNumber(
  context: Context,
  db: Transaction,
  now: Date,
): Promise<{ readonly number: string; readonly date: string }> {
  const [row] = await db.$queryRaw<{ year: number; number: number; date: string }[]>`
    INSERT INTO invoice_number_counter AS counter (company_id, year, last_number)
    SELECT c.id, extract(year FROM ${now}::timestamptz AT TIME ZONE c.timezone)::int, 1
    FROM company c WHERE c.id = ${context.companyId}
    ON CONFLICT (company_id, year) DO UPDATE SET last_number = counter.last_number + 1
    RETURNING counter.year, counter.last_number AS number,
      (SELECT (${now}::timestamptz AT TIME ZONE c.timezone)::date::text FROM company c
        WHERE c.id = counter.company_id) AS date`;
  if (row === undefined) throw new Error('the counter of invoice numbers answered no row');
  return { number: `INV/${row.year}/${String(row.number).padStart(5, '0')}`, date: row.date };
}

import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type InvoiceView, invoiceResource } from './invoice';
import { lockOrderLines } from './lock-lines';
import { requireDraftInvoice } from './post-invoice';

/**
 * Deletes a draft; its minutes are unbilled again and the next invoice takes them (spec.md §9). The run that made it
 * does not make it a second time.
 * @throws DomainError `not_found`, `precondition_failed`, `invoice_not_draft`.
 */
export async function deleteInvoice(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<void> {
  const { companyId } = context;
  await change(context, async ({ db, event }) => {
    // The run's order before the invoice, as the run itself takes them.
    await db.$queryRaw`
      SELECT sale_order_id FROM invoice_run_order WHERE company_id = ${companyId} AND invoice_id = ${id} FOR UPDATE`;
    const locked = await db.$queryRaw<unknown[]>`
      SELECT id FROM invoice WHERE company_id = ${companyId} AND id = ${id} FOR UPDATE`;
    if (locked.length === 0) throw notFound(invoiceResource.name);
    const before = await readOne<InvoiceView>(context, invoiceResource, id, within(db));
    requireVersion(before.version, expectedVersion);
    requireDraftInvoice(before);
    await lockOrderLines(within(db), companyId, before.saleOrderId);
    await db.slice.updateMany({
      where: { companyId, invoiceLineId: { in: before.lines.map((line) => line.id) } },
      data: { fate: 'unbilled', invoiceLineId: null, updatedAt: context.now() },
    });
    await db.invoiceRunOrder.updateMany({
      where: { companyId, invoiceId: id },
      data: { status: 'cancelled', invoiceId: null, updatedAt: context.now() },
    });
    await db.invoice.delete({ where: { companyId_id: { companyId, id } } });
    event({ kind: 'invoice.deleted', subjectId: id, before });
  });
}

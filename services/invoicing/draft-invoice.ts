import { notFound } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type InvoicePlan, planOfOrder } from './billable-lines';
import { type InvoiceView, invoiceResource } from './invoice';
import { lockOrderLines } from './lock-lines';
import { nothingToInvoice, orderNotConfirmed } from './preview-invoice';
import {
  type LockedRunOrder,
  lockRunOrder,
  type RunOrderKey,
  type RunOrderOutcome,
  settleRunOrder,
} from './run-order';

/**
 * Makes the draft invoice of one order of a run, exactly once for (run, order): a second call, or one after the
 * run was cancelled, changes nothing and answers what became of the order. Two drafts of one order at once never
 * take the same slice: the second waits for the first and takes what is left (spec.md §9). An order that is not
 * confirmed or has nothing to invoice is recorded as such and refuses nothing.
 * @throws DomainError `not_found` when the run does not have this order.
 */
export function draftInvoice(context: Context, key: RunOrderKey): Promise<RunOrderOutcome> {
  return change(context, async ({ db, event, unchanged }) => {
    const runOrder = await lockRunOrder(context, db, key);
    if (runOrder.status !== 'pending') {
      unchanged();
      const { status, invoiceId, problemCode } = runOrder;
      return { status, invoiceId, problemCode };
    }
    const reason = `invoice run ${key.runId}`;
    const order = await lockOrder(context, db, key.saleOrderId);
    if (order.status !== 'confirmed') {
      const problem = orderNotConfirmed(order.status);
      event({
        kind: 'invoice_run.order_refused',
        subjectId: key.saleOrderId,
        after: { code: problem.code },
        reason,
      });
      return settleRunOrder(context, db, key, { status: 'refused', problem });
    }
    await lockOrderLines(within(db), context.companyId, key.saleOrderId);
    const plan = await planOfOrder(within(db), context.companyId, key.saleOrderId, runOrder);
    if (plan.totalMinor === 0n) {
      const problem = nothingToInvoice();
      event({
        kind: 'invoice_run.order_refused',
        subjectId: key.saleOrderId,
        after: { code: problem.code },
        reason,
      });
      return settleRunOrder(context, db, key, { status: 'nothing_to_invoice', problem });
    }
    const invoiceId = await insertInvoice(context, db, { ...order, id: key.saleOrderId }, runOrder, plan);
    const outcome = await settleRunOrder(context, db, key, { status: 'invoiced', invoiceId });
    const invoice = await readOne<InvoiceView>(context, invoiceResource, invoiceId, within(db));
    event({ kind: 'invoice.drafted', subjectId: invoiceId, after: invoice, reason });
    return outcome;
  });
}

interface LockedOrder {
  readonly status: string;
  readonly contactId: string;
  readonly currency: string;
}

/** Keeps out other drafts and the order's cancellation; time can be logged on it all the while. */
async function lockOrder(context: Context, db: Transaction, id: string): Promise<LockedOrder> {
  const [order] = await db.$queryRaw<LockedOrder[]>`
    SELECT status, contact_id AS "contactId", currency FROM sale_order
    WHERE company_id = ${context.companyId} AND id = ${id} FOR NO KEY UPDATE`;
  if (order === undefined) throw notFound('sale order');
  return order;
}

async function insertInvoice(
  context: Context,
  db: Transaction,
  order: LockedOrder & { readonly id: string },
  period: LockedRunOrder,
  plan: InvoicePlan,
): Promise<string> {
  const { companyId } = context;
  const invoiceId = newId('invoice');
  const now = context.now();
  await db.invoice.create({
    data: {
      companyId,
      id: invoiceId,
      saleOrderId: order.id,
      contactId: order.contactId,
      currency: order.currency,
      periodFrom: period.from === null ? null : new Date(period.from),
      periodTo: period.to === null ? null : new Date(period.to),
      totalMinor: plan.totalMinor,
      createdAt: now,
      updatedAt: now,
    },
  });
  const lines = plan.lines.map((line, index) => ({
    companyId,
    id: newId('invoiceLine'),
    invoiceId,
    position: index + 1,
    ...line,
  }));
  await db.invoiceLine.createMany({ data: lines });
  const lineIds = new Map(lines.map((line) => [line.saleOrderLineId, line.id]));
  const reserved = plan.slices.flatMap((slice) => {
    const lineId = lineIds.get(slice.saleOrderLineId);
    return lineId === undefined ? [] : [{ sliceId: slice.id, lineId }];
  });
  await db.$executeRaw`
    UPDATE slice SET fate = 'reserved', invoice_line_id = taken.line_id, updated_at = ${now}
    FROM unnest(${reserved.map((one) => one.sliceId)}::text[], ${reserved.map((one) => one.lineId)}::text[])
      AS taken (slice_id, line_id)
    WHERE slice.company_id = ${companyId} AND slice.id = taken.slice_id AND slice.fate = 'unbilled'`;
  return invoiceId;
}

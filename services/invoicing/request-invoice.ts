import { DomainError, type ErrorCode, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { type Queryable, readOne } from '../listing';
import { within } from '../prisma-queryable';
import { type SaleOrderView, saleOrderResource } from '../sales/sale-order';
import { change } from '../transaction';
import { planOfOrder } from './billable-lines';
import { insertRun, requirePeriod } from './create-invoice-run';
import type { InvoiceView } from './invoice';
import type { InvoiceRunDetailView } from './invoice-run';
import { nothingToInvoice, orderNotConfirmed } from './preview-invoice';
import type { RunOrderKey, RunOrderOutcome } from './run-order';

export interface InvoiceRequest {
  /** Dates of the logged work, both inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * Records a run with this one order, which its workflow invoices (spec.md §9). What would be refused anyway is
 * refused at once and leaves no run behind; nothing is held yet, so the run decides in the end.
 * @throws DomainError `not_found`, `validation_failed`, `order_not_confirmed`, `nothing_to_invoice`.
 */
export function requestInvoice(
  context: Context,
  saleOrderId: string,
  request: InvoiceRequest,
): Promise<InvoiceRunDetailView> {
  requirePeriod(request.from, request.to);
  return change(context, async (work) => {
    const order = await readOne<SaleOrderView>(context, saleOrderResource, saleOrderId, within(work.db));
    if (order.status !== 'confirmed') throw orderNotConfirmed(order.status);
    const period = { from: request.from ?? null, to: request.to ?? null };
    const plan = await planOfOrder(within(work.db), context.companyId, saleOrderId, period);
    if (plan.totalMinor === 0n) throw nothingToInvoice();
    return insertRun(context, work, { filter: { saleOrderIds: [saleOrderId] }, ...request });
  });
}

/**
 * The invoice a run made of this order, as it was drafted, so that a repeated request gets the same answer;
 * `null` while the run goes on.
 * @throws DomainError `not_found`, or what the order was refused with.
 */
export async function draftedInvoice(context: Context, key: RunOrderKey): Promise<InvoiceView | null> {
  const { rows } = await (context.database.pool as Queryable).query(
    `SELECT ro.status, ro.problem, drafted.after AS invoice
     FROM invoice_run_order ro
     LEFT JOIN LATERAL (SELECT e.after FROM event e WHERE e.company_id = ro.company_id
       AND e.subject_id = ro.invoice_id AND e.kind = 'invoice.drafted' ORDER BY e.position LIMIT 1) drafted ON true
     WHERE ro.company_id = $1 AND ro.run_id = $2 AND ro.sale_order_id = $3`,
    [context.companyId, key.runId, key.saleOrderId],
  );
  const row = rows[0] as
    | {
        readonly status: RunOrderOutcome['status'];
        readonly problem: { readonly code: ErrorCode; readonly message: string } | null;
        readonly invoice: InvoiceView | null;
      }
    | undefined;
  if (row === undefined) throw notFound('order of this invoice run');
  if (row.status === 'pending') return null;
  if (row.invoice !== null) return row.invoice;
  throw row.problem === null
    ? new DomainError(
        'nothing_to_invoice',
        'The draft this request made was deleted, or its run cancelled; ask again as a new request.',
      )
    : new DomainError(row.problem.code, row.problem.message);
}

import type { InvoiceLinePlan } from '../../domain/billing/invoice-lines';
import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { type Queryable, readOne } from '../listing';
import { type SaleOrderView, saleOrderResource } from '../sales/sale-order';
import { type Period, planOfOrder } from './billable-lines';

/** The invoice that would be made now; nothing is written or held for it. */
export interface InvoicePreview {
  readonly saleOrderId: string;
  readonly currency: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly totalMinor: number;
  readonly lines: readonly (Omit<InvoiceLinePlan, 'unitPriceMinor' | 'amountMinor'> & {
    readonly unitPriceMinor: number;
    readonly amountMinor: number;
  })[];
}

/**
 * The lines an invoice of this order for this period would have (spec.md §9). Writes nothing.
 * @throws DomainError `not_found`, `order_not_confirmed`, `nothing_to_invoice`.
 */
export async function previewInvoice(
  context: Context,
  saleOrderId: string,
  period: Period,
): Promise<InvoicePreview> {
  const order = await readOne<SaleOrderView>(context, saleOrderResource, saleOrderId);
  if (order.status !== 'confirmed') throw orderNotConfirmed(order.status);
  const pool = context.database.pool as Queryable;
  const plan = await planOfOrder(pool, context.companyId, saleOrderId, period);
  if (plan.totalMinor === 0n) throw nothingToInvoice();
  return {
    saleOrderId,
    currency: order.currency,
    from: period.from,
    to: period.to,
    totalMinor: Number(plan.totalMinor),
    lines: plan.lines.map((line) => ({
      ...line,
      unitPriceMinor: Number(line.unitPriceMinor),
      amountMinor: Number(line.amountMinor),
    })),
  };
}

/** Refusal of an order that is a draft or cancelled. */
export function orderNotConfirmed(status: string): DomainError {
  return new DomainError(
    'order_not_confirmed',
    `The sale order is ${status}; confirm it before it is invoiced.`,
    {
      state: { status },
    },
  );
}

/** Refusal of an invoice that would come to nothing. */
export function nothingToInvoice(): DomainError {
  return new DomainError(
    'nothing_to_invoice',
    'Nothing on the sale order is left to invoice in this period; time that is still being billed comes later.',
  );
}

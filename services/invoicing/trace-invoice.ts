import type { Unit } from '../../domain/billing/amounts';
import type { Context } from '../context';
import { type Resource, readOne } from '../listing';
import type { InvoicingMethod } from '../products/product';
import { type InvoicePaymentView, type InvoiceView, invoiceResource, paymentsJson } from './invoice';
import { slicesJson, type TracedSlice } from './trace-json';

/** Everything behind an invoice (spec.md §9, traceability). */
export interface InvoiceTrace {
  readonly invoice: Pick<
    InvoiceView,
    'id' | 'number' | 'status' | 'contactId' | 'currency' | 'totalMinor' | 'paidMinor' | 'openMinor'
  >;
  readonly saleOrder: { readonly id: string; readonly number: number };
  readonly lines: readonly {
    readonly id: string;
    readonly position: number;
    readonly description: string;
    readonly quantityMinutes: number | null;
    readonly quantity: number | null;
    readonly amountMinor: number;
    readonly saleOrderLine: {
      readonly id: string;
      readonly position: number;
      readonly description: string;
      readonly invoicing: InvoicingMethod;
      readonly unit: Unit;
    };
    readonly slices: readonly TracedSlice[];
  }[];
  readonly payments: readonly InvoicePaymentView[];
}

const lines = `(SELECT coalesce(json_agg(json_build_object('id', il.id, 'position', il.position,
      'description', il.description, 'quantityMinutes', il.quantity_minutes, 'quantity', il.quantity,
      'amountMinor', il.amount_minor,
      'saleOrderLine', json_build_object('id', l.id, 'position', l.position, 'description', l.description,
        'invoicing', l.invoicing, 'unit', l.unit),
      'slices', ${slicesJson('SELECT * FROM slice x WHERE x.company_id = il.company_id AND x.invoice_line_id = il.id')}
    ) ORDER BY il.position), '[]'::json)
  FROM invoice_line il JOIN sale_order_line l ON l.company_id = il.company_id AND l.id = il.sale_order_line_id
  WHERE il.company_id = i.company_id AND il.invoice_id = i.id)`;

const traceResource: Resource = {
  ...invoiceResource,
  select: `json_build_object('id', i.id, 'number', i.number, 'status', i.status, 'contactId', i.contact_id,
      'currency', i.currency, 'totalMinor', i.total_minor, 'paidMinor', i.paid_minor,
      'openMinor', i.total_minor - i.paid_minor) AS invoice,
    json_build_object('id', o.id, 'number', o.number) AS "saleOrder", ${lines} AS lines, ${paymentsJson} AS payments`,
  from: 'invoice i JOIN sale_order o ON o.company_id = i.company_id AND o.id = i.sale_order_id',
};

/**
 * The invoice's lines down to the minutes, people and tickets behind them, up to the order lines, and its payments;
 * one consistent picture.
 * @throws DomainError `not_found`
 */
export function traceInvoice(context: Context, id: string): Promise<InvoiceTrace> {
  return readOne<InvoiceTrace>(context, traceResource, id);
}

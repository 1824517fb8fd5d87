import type { Unit } from '../../domain/billing/amounts';
import { referenceSql } from '../../prisma/statements/ticket-columns';
import type { Context } from '../context';
import { type Resource, readOne } from '../listing';
import type { InvoicingMethod } from '../products/product';
import { type SaleOrderStatus, saleOrderResource } from '../sales/sale-order';
import { type InvoicePaymentView, type InvoiceStatus, paymentsJson } from './invoice';
import { slicesJson, type TracedSlice } from './trace-json';

/** Everything on a sale order (spec.md §9, traceability): from its lines down to minutes and up to payments. */
export interface SaleOrderTrace {
  readonly saleOrder: {
    readonly id: string;
    readonly number: number;
    readonly status: SaleOrderStatus;
    readonly contactId: string;
    readonly currency: string;
  };
  readonly lines: readonly {
    readonly id: string;
    readonly position: number;
    readonly description: string;
    readonly invoicing: InvoicingMethod;
    readonly unit: Unit;
    readonly orderedMinutes: number | null;
    readonly quantity: number | null;
    readonly deliveredMinutes: number;
    readonly invoiceLines: readonly {
      readonly id: string;
      readonly invoiceId: string;
      readonly quantityMinutes: number | null;
      readonly quantity: number | null;
      readonly amountMinor: number;
    }[];
    readonly slices: readonly TracedSlice[];
  }[];
  readonly invoices: readonly {
    readonly id: string;
    readonly number: string | null;
    readonly status: InvoiceStatus;
    readonly totalMinor: number;
    readonly paidMinor: number;
    readonly openMinor: number;
    readonly payments: readonly InvoicePaymentView[];
  }[];
  /** The tickets the time was logged on, with the minutes on this order. */
  readonly tickets: readonly { readonly id: string; readonly reference: string; readonly minutes: number }[];
}

/** Slices on a line, and those without a line of their own whose entry names it (time that is not billable). */
function slicesOfLine(line: string): string {
  return `SELECT x.* FROM slice x WHERE x.company_id = ${line}.company_id AND x.sale_order_line_id = ${line}.id
    UNION ALL
    SELECT y.* FROM timesheet_entry ye JOIN slice y ON y.company_id = ye.company_id AND y.entry_id = ye.id
    WHERE ye.company_id = ${line}.company_id AND ye.sale_order_line_id = ${line}.id AND y.sale_order_line_id IS NULL`;
}

const lines = `(SELECT coalesce(json_agg(json_build_object('id', l.id, 'position', l.position,
      'description', l.description, 'invoicing', l.invoicing, 'unit', l.unit, 'orderedMinutes', l.ordered_minutes,
      'quantity', l.quantity, 'deliveredMinutes', l.delivered_minutes,
      'invoiceLines', (SELECT coalesce(json_agg(json_build_object('id', il.id, 'invoiceId', il.invoice_id,
          'quantityMinutes', il.quantity_minutes, 'quantity', il.quantity, 'amountMinor', il.amount_minor)
          ORDER BY il.id), '[]'::json)
        FROM invoice_line il WHERE il.company_id = l.company_id AND il.sale_order_line_id = l.id),
      'slices', ${slicesJson(slicesOfLine('l'))}) ORDER BY l.position), '[]'::json)
  FROM sale_order_line l WHERE l.company_id = o.company_id AND l.order_id = o.id)`;

const invoices = `(SELECT coalesce(json_agg(json_build_object('id', i.id, 'number', i.number, 'status', i.status,
      'totalMinor', i.total_minor, 'paidMinor', i.paid_minor, 'openMinor', i.total_minor - i.paid_minor,
      'payments', ${paymentsJson}) ORDER BY i.id), '[]'::json)
  FROM invoice i WHERE i.company_id = o.company_id AND i.sale_order_id = o.id)`;

const tickets = `(SELECT coalesce(json_agg(json_build_object('id', t.id, 'reference', ${referenceSql('t')},
      'minutes', worked.minutes) ORDER BY t.id), '[]'::json)
  FROM (SELECT e.ticket_id, sum(s.to_minute - s.from_minute)::int AS minutes
    FROM sale_order_line l CROSS JOIN LATERAL (${slicesOfLine('l')}) s
    JOIN timesheet_entry e ON e.company_id = s.company_id AND e.id = s.entry_id
    WHERE l.company_id = o.company_id AND l.order_id = o.id GROUP BY e.ticket_id) worked
  JOIN ticket t ON t.company_id = o.company_id AND t.id = worked.ticket_id)`;

const traceResource: Resource = {
  ...saleOrderResource,
  select: `json_build_object('id', o.id, 'number', o.number, 'status', o.status, 'contactId', o.contact_id,
      'currency', o.currency) AS "saleOrder", ${lines} AS lines, ${invoices} AS invoices, ${tickets} AS tickets`,
};

/**
 * The order's lines with their slices and invoice lines, its invoices with their payments, and the tickets; one
 * consistent picture. A slice names its invoice line and an invoice line its invoice, so it reads both ways.
 * @throws DomainError `not_found`
 */
export function traceSaleOrder(context: Context, id: string): Promise<SaleOrderTrace> {
  return readOne<SaleOrderTrace>(context, traceResource, id);
}

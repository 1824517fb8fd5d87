import type { Unit } from '../../domain/billing/amounts';
import type { Resource } from '../listing';
import type { InvoicingMethod } from '../products/product';

export const saleOrderStatuses = ['draft', 'confirmed', 'cancelled'] as const;
export type SaleOrderStatus = (typeof saleOrderStatuses)[number];

/** One line of an order (spec.md §9); time in minutes, things in pieces, never both. */
export interface SaleOrderLineView {
  readonly id: string;
  readonly productId: string;
  readonly position: number;
  readonly description: string;
  readonly invoicing: InvoicingMethod;
  readonly unit: Unit;
  readonly unitPriceMinor: number;
  /** `null` for pieces, and for time and materials without an agreed amount. */
  readonly orderedMinutes: number | null;
  readonly quantity: number | null;
  readonly deliveredMinutes: number;
  /** On posted and paid invoices; a draft may still be lowered or deleted. */
  readonly invoicedMinutes: number;
  readonly invoicedQuantity: number;
  /** Prepaid time only: ordered less delivered, negative once it is overdrawn. */
  readonly remainingMinutes: number | null;
}

export interface SaleOrderView {
  readonly id: string;
  readonly number: number;
  readonly contactId: string;
  readonly currency: string;
  readonly status: SaleOrderStatus;
  readonly confirmedAt: string | null;
  readonly cancelledAt: string | null;
  readonly lines: readonly SaleOrderLineView[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const lines = `(SELECT coalesce(json_agg(json_build_object(
      'id', l.id, 'productId', l.product_id, 'position', l.position, 'description', l.description,
      'invoicing', l.invoicing, 'unit', l.unit, 'unitPriceMinor', l.unit_price_minor,
      'orderedMinutes', l.ordered_minutes, 'quantity', l.quantity, 'deliveredMinutes', l.delivered_minutes,
      'invoicedMinutes', billed.minutes, 'invoicedQuantity', billed.quantity,
      'remainingMinutes', CASE WHEN l.invoicing = 'prepaid' THEN l.ordered_minutes - l.delivered_minutes END
    ) ORDER BY l.position), '[]'::json)
  FROM sale_order_line l CROSS JOIN LATERAL (
    SELECT coalesce(sum(il.quantity_minutes), 0)::int AS minutes, coalesce(sum(il.quantity), 0)::int AS quantity
    FROM invoice_line il JOIN invoice i ON i.company_id = il.company_id AND i.id = il.invoice_id
    WHERE il.company_id = l.company_id AND il.sale_order_line_id = l.id AND i.status <> 'draft') billed
  WHERE l.company_id = o.company_id AND l.order_id = o.id)`;

/** Sale orders with their lines and how far each is delivered and invoiced (api.md, "Time and money"). */
export const saleOrderResource: Resource = {
  name: 'sale order',
  select: `o.id, o.number, o.contact_id AS "contactId", o.currency, o.status, o.confirmed_at AS "confirmedAt",
    o.cancelled_at AS "cancelledAt", ${lines} AS lines, o.version, o.created_at AS "createdAt",
    o.updated_at AS "updatedAt"`,
  from: 'sale_order o',
  company: 'o.company_id',
  id: 'o.id',
  filters: {
    contactId: {
      kind: 'id',
      description: 'Orders of these contacts.',
      sql: (values) => `o.contact_id = ANY(${values})`,
    },
    status: {
      kind: 'enum',
      description: 'Orders in these states.',
      values: saleOrderStatuses,
      sql: (values) => `o.status = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 'o.id', type: 'text' },
    number: { expression: 'o.number', type: 'bigint' },
  },
  defaultSort: '-createdAt',
};

import type { Unit } from '../../domain/billing/amounts';
import { instantJson } from '../../prisma/statements/instant-json';
import type { Resource } from '../listing';

export const invoiceStatuses = ['draft', 'posted', 'paid'] as const;
export type InvoiceStatus = (typeof invoiceStatuses)[number];

export interface InvoiceLineView {
  readonly id: string;
  readonly saleOrderLineId: string;
  readonly position: number;
  readonly description: string;
  readonly quantityMinutes: number | null;
  readonly quantity: number | null;
  readonly unit: Unit;
  readonly unitPriceMinor: number;
  readonly amountMinor: number;
}

export interface InvoicePaymentView {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paidAt: string;
  readonly method: string;
  readonly reference: string;
  readonly createdAt: string;
}

/** An invoice as the API shows it; money in integer minor units of `currency`. */
export interface InvoiceView {
  readonly id: string;
  readonly saleOrderId: string;
  readonly contactId: string;
  readonly status: InvoiceStatus;
  readonly number: string | null;
  readonly currency: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly openMinor: number;
  /** The date it was posted in the company's time zone as it was then; `null` for a draft. */
  readonly invoiceDate: string | null;
  readonly postedAt: string | null;
  readonly paidAt: string | null;
  readonly lines: readonly InvoiceLineView[];
  readonly payments: readonly InvoicePaymentView[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The payments of invoice `i` as JSON, oldest first. */
export const paymentsJson = `(SELECT coalesce(json_agg(json_build_object(
      'id', p.id, 'amountMinor', p.amount_minor, 'currency', p.currency, 'paidAt', ${instantJson('p.paid_at')},
      'method', p.method, 'reference', p.reference, 'createdAt', ${instantJson('p.created_at')}) ORDER BY p.id), '[]'::json)
  FROM payment p WHERE p.company_id = i.company_id AND p.invoice_id = i.id)`;

const linesJson = `(SELECT coalesce(json_agg(json_build_object(
      'id', il.id, 'saleOrderLineId', il.sale_order_line_id, 'position', il.position, 'description', il.description,
      'quantityMinutes', il.quantity_minutes, 'quantity', il.quantity, 'unit', il.unit,
      'unitPriceMinor', il.unit_price_minor, 'amountMinor', il.amount_minor) ORDER BY il.position), '[]'::json)
  FROM invoice_line il WHERE il.company_id = i.company_id AND il.invoice_id = i.id)`;

/** Invoices with their lines and payments (api.md, "Time and money"). */
export const invoiceResource: Resource = {
  name: 'invoice',
  select: `i.id, i.sale_order_id AS "saleOrderId", i.contact_id AS "contactId", i.status, i.number, i.currency,
    i.period_from::text AS "from", i.period_to::text AS "to", i.total_minor AS "totalMinor",
    i.paid_minor AS "paidMinor", i.total_minor - i.paid_minor AS "openMinor", i.invoice_date::text AS "invoiceDate", i.posted_at AS "postedAt",
    i.paid_at AS "paidAt", ${linesJson} AS lines, ${paymentsJson} AS payments, i.version,
    i.created_at AS "createdAt", i.updated_at AS "updatedAt"`,
  from: 'invoice i',
  company: 'i.company_id',
  id: 'i.id',
  filters: {
    saleOrderId: {
      kind: 'id',
      description: 'Invoices of these orders.',
      sql: (values) => `i.sale_order_id = ANY(${values})`,
    },
    contactId: {
      kind: 'id',
      description: 'Invoices to these contacts.',
      sql: (values) => `i.contact_id = ANY(${values})`,
    },
    status: {
      kind: 'enum',
      description: 'Invoices in these states.',
      values: invoiceStatuses,
      sql: (values) => `i.status = ANY(${values})`,
    },
    invoiceDateFrom: {
      kind: 'date',
      description: 'Posted invoices of this date or later.',
      sql: (value) => `i.invoice_date >= ${value}::date`,
    },
    invoiceDateTo: {
      kind: 'date',
      description: 'Posted invoices of this date or earlier.',
      sql: (value) => `i.invoice_date <= ${value}::date`,
    },
    number: {
      kind: 'text',
      description: 'The invoices with these numbers.',
      sql: (values) => `i.number = ANY(${values})`,
    },
  },
  sorts: { createdAt: { expression: 'i.id', type: 'text' } },
  defaultSort: '-createdAt',
};

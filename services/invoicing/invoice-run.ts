import type { Actor } from '../../domain/shared/actor';
import type { ErrorCode } from '../../domain/shared/errors';
import type { Resource } from '../listing';

export const invoiceRunStatuses = ['pending', 'running', 'completed', 'cancelled'] as const;
export type InvoiceRunStatus = (typeof invoiceRunStatuses)[number];

export const runOrderStatuses = [
  'pending',
  'invoiced',
  'nothing_to_invoice',
  'refused',
  'cancelled',
] as const;
export type RunOrderStatus = (typeof runOrderStatuses)[number];

/** Which orders a run takes; without members every confirmed order of the company. */
export interface InvoiceRunFilter {
  readonly saleOrderIds?: readonly string[] | undefined;
  /** Also the orders of an organisation's people. */
  readonly contactId?: string | undefined;
}

/** How many orders of a run are in which state. */
export interface InvoiceRunProgress {
  readonly total: number;
  readonly pending: number;
  readonly invoiced: number;
  readonly nothingToInvoice: number;
  readonly refused: number;
  readonly cancelled: number;
}

export interface InvoiceRunOrderView {
  readonly saleOrderId: string;
  readonly status: RunOrderStatus;
  readonly invoiceId: string | null;
  /** Why the order was not invoiced. */
  readonly problem: { readonly code: ErrorCode; readonly message: string } | null;
}

export interface InvoiceRunView {
  readonly id: string;
  readonly filter: InvoiceRunFilter;
  readonly from: string | null;
  readonly to: string | null;
  readonly post: boolean;
  readonly status: InvoiceRunStatus;
  readonly requestedBy: Actor;
  readonly progress: InvoiceRunProgress;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A run with its first 200 orders. */
export interface InvoiceRunDetailView extends InvoiceRunView {
  readonly orders: readonly InvoiceRunOrderView[];
}

const countOf = (status: RunOrderStatus): string => `count(*) FILTER (WHERE ro.status = '${status}')`;

const progressJson = `(SELECT json_build_object('total', count(*), 'pending', ${countOf('pending')},
      'invoiced', ${countOf('invoiced')}, 'nothingToInvoice', ${countOf('nothing_to_invoice')},
      'refused', ${countOf('refused')}, 'cancelled', ${countOf('cancelled')})
  FROM invoice_run_order ro WHERE ro.company_id = r.company_id AND ro.run_id = r.id)`;

const ordersJson = `(SELECT coalesce(json_agg(json_build_object('saleOrderId', ro.sale_order_id, 'status', ro.status,
      'invoiceId', ro.invoice_id, 'problem', ro.problem) ORDER BY ro.sale_order_id), '[]'::json)
  FROM (SELECT * FROM invoice_run_order first WHERE first.company_id = r.company_id AND first.run_id = r.id
    ORDER BY first.sale_order_id LIMIT 200) ro)`;

/** Invoice runs with their progress (architecture.md §3, `invoice-run`). */
export const invoiceRunResource: Resource = {
  name: 'invoice run',
  select: `r.id, r.filter, r.period_from::text AS "from", r.period_to::text AS "to", r.post, r.status,
    r.requested_by AS "requestedBy", ${progressJson} AS progress, r.version,
    r.created_at AS "createdAt", r.updated_at AS "updatedAt"`,
  from: 'invoice_run r',
  company: 'r.company_id',
  id: 'r.id',
  filters: {
    status: {
      kind: 'enum',
      description: 'Runs in these states.',
      values: invoiceRunStatuses,
      sql: (values) => `r.status = ANY(${values})`,
    },
  },
  sorts: { createdAt: { expression: 'r.id', type: 'text' } },
  defaultSort: '-createdAt',
};

/** One run, with its first 200 orders. */
export const invoiceRunDetailResource: Resource = {
  ...invoiceRunResource,
  select: `${invoiceRunResource.select}, ${ordersJson} AS orders`,
};

/** The orders of runs, a page at a time. */
export const invoiceRunOrderResource: Resource = {
  name: 'order of the invoice run',
  select: `ro.sale_order_id AS "saleOrderId", ro.status, ro.invoice_id AS "invoiceId", ro.problem`,
  from: 'invoice_run_order ro',
  company: 'ro.company_id',
  id: 'ro.sale_order_id',
  filters: {
    status: {
      kind: 'enum',
      description: 'Orders in these states.',
      values: runOrderStatuses,
      sql: (values) => `ro.status = ANY(${values})`,
    },
  },
  sorts: { saleOrderId: { expression: 'ro.sale_order_id', type: 'text' } },
  defaultSort: 'saleOrderId',
};

/** The orders of one run; the run itself has been looked up. */
export function invoiceRunOrdersOf(runId: string): Resource {
  return {
    ...invoiceRunOrderResource,
    name: `${invoiceRunOrderResource.name} ${runId}`,
    visible: (_context, bind) => `ro.run_id = ${bind(runId)}`,
  };
}

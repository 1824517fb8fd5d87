import type { SliceFate } from '../../domain/billing/slices';
import { notFound } from '../../domain/shared/errors';
import { instantJson } from '../../prisma/statements/instant-json';
import { referenceSql } from '../../prisma/statements/ticket-columns';
import type { Context } from '../context';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { visibleTickets } from '../tickets/visibility';
import { timesheetResource } from './timesheet';

export interface TracedPayment {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paidAt: string;
  readonly method: string;
  readonly reference: string;
}

export interface TracedInvoiceLine {
  readonly id: string;
  readonly quantityMinutes: number | null;
  /** `null`, like the invoice's amounts and payments, for who may not read invoices. */
  readonly amountMinor: number | null;
  readonly invoice: {
    readonly id: string;
    readonly number: string | null;
    readonly status: string;
    readonly currency: string;
    readonly totalMinor: number | null;
    readonly paidMinor: number | null;
    readonly payments: readonly TracedPayment[] | null;
  };
}

export interface TracedSlice {
  readonly id: string;
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly minutes: number;
  readonly fate: SliceFate;
  readonly saleOrderLine: {
    readonly id: string;
    readonly saleOrderId: string;
    readonly saleOrderNumber: number;
    readonly invoicing: string;
    readonly unit: string;
    readonly unitPriceMinor: number;
    readonly currency: string;
    readonly orderedMinutes: number | null;
    readonly deliveredMinutes: number;
  } | null;
  readonly invoiceLine: TracedInvoiceLine | null;
}

export interface TracedEntry {
  readonly id: string;
  readonly employeeId: string;
  readonly employeeName: string;
  readonly date: string;
  readonly minutes: number;
  readonly version: number;
  readonly state: 'pending' | 'applied';
  readonly slices: readonly TracedSlice[];
}

/** What became of time: each minute from the ticket to the payment, with the id of every record on the way. */
export interface TimeTrace {
  readonly ticketId: string;
  readonly ticketReference: string;
  /** Oldest first; deleted entries are left out. */
  readonly entries: readonly TracedEntry[];
}

/** What the caller may see of what a trace leads to. */
export interface TraceOptions {
  /** Amounts and payments of invoices; without it they are `null`. */
  readonly invoiceMoney: boolean;
}

const payments = `(SELECT coalesce(json_agg(json_build_object('id', y.id, 'amountMinor', y.amount_minor,
    'currency', y.currency, 'paidAt', ${instantJson('y.paid_at')}, 'method', y.method, 'reference', y.reference)
    ORDER BY y.id), '[]'::json)
  FROM payment y WHERE y.company_id = v.company_id AND y.invoice_id = v.id)`;

const orderLine = `CASE WHEN l.id IS NOT NULL THEN json_build_object('id', l.id, 'saleOrderId', o.id,
    'saleOrderNumber', o.number, 'invoicing', l.invoicing, 'unit', l.unit, 'unitPriceMinor', l.unit_price_minor,
    'currency', o.currency, 'orderedMinutes', l.ordered_minutes, 'deliveredMinutes', l.delivered_minutes) END`;

function entryJson({ invoiceMoney }: TraceOptions): string {
  const money = (sql: string): string => (invoiceMoney ? sql : 'NULL');
  const invoiceLine = `CASE WHEN i.id IS NOT NULL THEN json_build_object('id', i.id,
      'quantityMinutes', i.quantity_minutes, 'amountMinor', ${money('i.amount_minor')},
      'invoice', json_build_object('id', v.id, 'number', v.number, 'status', v.status, 'currency', v.currency,
        'totalMinor', ${money('v.total_minor')}, 'paidMinor', ${money('v.paid_minor')},
        'payments', ${money(payments)})) END`;
  const slices = `(SELECT json_agg(json_build_object('id', s.id, 'fromMinute', s.from_minute, 'toMinute', s.to_minute,
      'minutes', s.to_minute - s.from_minute, 'fate', s.fate, 'saleOrderLine', ${orderLine},
      'invoiceLine', ${invoiceLine}) ORDER BY s.from_minute)
    FROM slice s
    LEFT JOIN sale_order_line l ON l.company_id = s.company_id AND l.id = s.sale_order_line_id
    LEFT JOIN sale_order o ON o.company_id = l.company_id AND o.id = l.order_id
    LEFT JOIN invoice_line i ON i.company_id = s.company_id AND i.id = s.invoice_line_id
    LEFT JOIN invoice v ON v.company_id = i.company_id AND v.id = i.invoice_id
    WHERE s.company_id = e.company_id AND s.entry_id = e.id)`;
  return `json_build_object('id', e.id, 'employeeId', e.employee_id,
    'employeeName', (SELECT w.name FROM employee w WHERE w.company_id = e.company_id AND w.id = e.employee_id),
    'date', e.date::text, 'minutes', e.minutes, 'version', e.version,
    'state', CASE WHEN e.applied_version = e.version THEN 'applied' ELSE 'pending' END,
    'slices', coalesce(${slices}, '[]'::json))`;
}

/**
 * What became of the time of one entry (spec.md §9): its slices, their order lines, invoice lines, invoices and
 * payments; one query. @throws DomainError `not_found` for an unknown, foreign, invisible or deleted entry.
 */
export async function traceTimesheet(
  context: Context,
  entryId: string,
  options: TraceOptions,
): Promise<TimeTrace> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { rows } = await context.database.pool.query<TimeTrace>(
    `SELECT e.ticket_id AS "ticketId", ${referenceSql('t')} AS "ticketReference", json_build_array(${entryJson(options)}) AS entries
     FROM timesheet_entry e JOIN ticket t ON t.company_id = e.company_id AND t.id = e.ticket_id
     WHERE e.company_id = ${bind(context.companyId)} AND e.id = ${bind(entryId)} AND e.deleted_at IS NULL
       AND ${visibleTickets(context, bind)}`,
    values,
  );
  if (rows[0] === undefined) throw notFound(timesheetResource.name);
  return rows[0];
}

/**
 * What became of all the time of a ticket, named by id or reference number.
 * @throws DomainError `not_found` for an unknown, foreign or invisible ticket.
 */
export async function traceTicket(
  context: Context,
  ticketIdOrNumber: string,
  options: TraceOptions,
): Promise<TimeTrace> {
  const ticketId = await resolveTicketId(context, ticketIdOrNumber);
  const { rows } = await context.database.pool.query<TimeTrace>(
    `SELECT t.id AS "ticketId", ${referenceSql('t')} AS "ticketReference",
       (SELECT coalesce(json_agg(${entryJson(options)} ORDER BY e.id), '[]'::json) FROM timesheet_entry e
         WHERE e.company_id = t.company_id AND e.ticket_id = t.id AND e.deleted_at IS NULL) AS entries
     FROM ticket t WHERE t.company_id = $1 AND t.id = $2`,
    [context.companyId, ticketId],
  );
  if (rows[0] === undefined) throw notFound('ticket');
  return rows[0];
}

import type { SliceFate } from '../../domain/billing/slices';
import type { Context } from '../context';
import type { Resource } from '../listing';
import { visibleTickets } from '../tickets/visibility';

/** A stretch of an entry's minutes with one fate (spec.md §9). */
export interface SliceView {
  readonly id: string;
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly minutes: number;
  readonly fate: SliceFate;
  readonly saleOrderLineId: string | null;
  readonly invoiceLineId: string | null;
}

export interface TimesheetView {
  readonly id: string;
  readonly ticketId: string;
  readonly projectId: string;
  readonly employeeId: string;
  /** A calendar date, `YYYY-MM-DD`. */
  readonly date: string;
  readonly minutes: number;
  readonly description: string;
  readonly billable: boolean;
  readonly saleOrderLineId: string | null;
  /** `pending` until the ledger holds this version; the slices are those of the version it holds. */
  readonly billing: { readonly state: 'pending' | 'applied'; readonly slices: readonly SliceView[] };
  readonly deletedAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TimeDraft {
  readonly ticketId: string;
  /** Left out: the caller's own employee. */
  readonly employeeId?: string | undefined;
  /** A calendar date, `YYYY-MM-DD`. */
  readonly date: string;
  /** 1 to 1440. */
  readonly minutes: number;
  readonly description: string;
  readonly billable: boolean;
  readonly saleOrderLineId?: string | undefined;
}

const slices = `(SELECT json_agg(json_build_object('id', s.id, 'fromMinute', s.from_minute, 'toMinute', s.to_minute,
    'minutes', s.to_minute - s.from_minute, 'fate', s.fate, 'saleOrderLineId', s.sale_order_line_id,
    'invoiceLineId', s.invoice_line_id) ORDER BY s.from_minute)
  FROM slice s WHERE s.company_id = e.company_id AND s.entry_id = e.id)`;

/** One time entry; also a deleted one, which its address keeps showing. Seen by whoever sees its ticket. */
export const timesheetResource: Resource = {
  name: 'time entry',
  select: `e.id, e.ticket_id AS "ticketId", e.project_id AS "projectId", e.employee_id AS "employeeId",
    e.date::text AS date, e.minutes, e.description, e.billable, e.sale_order_line_id AS "saleOrderLineId",
    json_build_object('state', CASE WHEN e.applied_version = e.version THEN 'applied' ELSE 'pending' END,
      'slices', coalesce(${slices}, '[]'::json)) AS billing,
    e.deleted_at AS "deletedAt", e.version, e.created_at AS "createdAt", e.updated_at AS "updatedAt"`,
  from: 'timesheet_entry e JOIN ticket t ON t.company_id = e.company_id AND t.id = e.ticket_id',
  company: 'e.company_id',
  id: 'e.id',
  visible: visibleTickets,
  filters: {
    ticketId: {
      kind: 'id',
      description: 'Time logged on these tickets.',
      sql: (values) => `e.ticket_id = ANY(${values})`,
    },
    employeeId: {
      kind: 'id',
      description: 'Time of these employees.',
      sql: (values) => `e.employee_id = ANY(${values})`,
    },
    projectId: {
      kind: 'id',
      description: 'Time in these projects.',
      sql: (values) => `e.project_id = ANY(${values})`,
    },
    saleOrderLineId: {
      kind: 'id',
      description: 'Time that counts on these sale order lines.',
      sql: (values) => `e.sale_order_line_id = ANY(${values})`,
    },
    from: {
      kind: 'date',
      description: 'Time worked on this date or later.',
      sql: (value) => `e.date >= ${value}::date`,
    },
    to: {
      kind: 'date',
      description: 'Time worked on this date or earlier.',
      sql: (value) => `e.date <= ${value}::date`,
    },
  },
  sorts: {
    createdAt: { expression: 'e.id', type: 'text' },
    date: { expression: 'e.date', type: 'date' },
  },
  defaultSort: '-createdAt',
};

/** The list leaves deleted entries out. */
export const listedTimesheets: Resource = {
  ...timesheetResource,
  visible: (context: Context, bind) => `e.deleted_at IS NULL AND ${visibleTickets(context, bind)}`,
};

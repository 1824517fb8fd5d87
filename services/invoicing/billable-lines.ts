import type { Unit } from '../../domain/billing/amounts';
import {
  type BillableLine,
  type InvoiceLinePlan,
  planInvoice,
  totalMinor,
} from '../../domain/billing/invoice-lines';
import type { Queryable } from '../listing';
import type { InvoicingMethod } from '../products/product';

/** Dates of the logged work, both inclusive; `null` leaves that end open. */
export interface Period {
  readonly from: string | null;
  readonly to: string | null;
}

export interface InvoicePlan {
  readonly lines: readonly InvoiceLinePlan[];
  readonly totalMinor: bigint;
  /** The slices the plan's minutes are made of, by order line. */
  readonly slices: readonly { readonly id: string; readonly saleOrderLineId: string }[];
}

interface FreeSlice {
  readonly id: string;
  readonly saleOrderLineId: string;
  readonly minutes: number;
}

interface LineRow extends Omit<BillableLine, 'unitPriceMinor' | 'unbilledMinutes'> {
  readonly unit: Unit;
  readonly invoicing: InvoicingMethod;
  readonly unitPriceMinor: number;
}

/**
 * What an invoice of this order for this period would hold (spec.md §9). Exact only under the lines' locks. An entry
 * with a newer version that is not in the ledger yet is left for later, since its minutes are about to change.
 */
export async function planOfOrder(
  queryable: Queryable,
  companyId: string,
  saleOrderId: string,
  period: Period,
): Promise<InvoicePlan> {
  const slices = await freeSlices(queryable, companyId, saleOrderId, period);
  const lines = await lineRows(queryable, companyId, saleOrderId);
  const minutes = new Map<string, number>();
  for (const slice of slices) {
    minutes.set(slice.saleOrderLineId, (minutes.get(slice.saleOrderLineId) ?? 0) + slice.minutes);
  }
  const plan = planInvoice(
    lines.map((line) => ({
      ...line,
      unitPriceMinor: BigInt(line.unitPriceMinor),
      unbilledMinutes: minutes.get(line.id) ?? 0,
    })),
  );
  return { lines: plan, totalMinor: totalMinor(plan), slices };
}

async function freeSlices(
  queryable: Queryable,
  companyId: string,
  saleOrderId: string,
  period: Period,
): Promise<FreeSlice[]> {
  const { rows } = await queryable.query(
    `SELECT s.id, s.sale_order_line_id AS "saleOrderLineId", s.to_minute - s.from_minute AS minutes
     FROM sale_order_line l
     JOIN slice s ON s.company_id = l.company_id AND s.sale_order_line_id = l.id AND s.fate = 'unbilled'
     JOIN timesheet_entry e ON e.company_id = s.company_id AND e.id = s.entry_id AND e.applied_version = e.version
     WHERE l.company_id = $1 AND l.order_id = $2 AND l.invoicing = 'time_and_materials' AND l.unit <> 'piece'
       AND s.date >= coalesce($3::date, '-infinity') AND s.date <= coalesce($4::date, 'infinity')
     ORDER BY e.id, s.from_minute`,
    [companyId, saleOrderId, period.from, period.to],
  );
  return rows as FreeSlice[];
}

async function lineRows(queryable: Queryable, companyId: string, saleOrderId: string): Promise<LineRow[]> {
  const { rows } = await queryable.query(
    `SELECT l.id, l.description, l.invoicing, l.unit, l.unit_price_minor AS "unitPriceMinor",
       l.ordered_minutes AS "orderedMinutes", l.quantity, billed.minutes AS "invoicedMinutes",
       billed.quantity AS "invoicedQuantity"
     FROM sale_order_line l CROSS JOIN LATERAL (
       SELECT coalesce(sum(il.quantity_minutes), 0)::int AS minutes, coalesce(sum(il.quantity), 0)::int AS quantity
       FROM invoice_line il WHERE il.company_id = l.company_id AND il.sale_order_line_id = l.id) billed
     WHERE l.company_id = $1 AND l.order_id = $2 ORDER BY l.position`,
    [companyId, saleOrderId],
  );
  return rows as LineRow[];
}

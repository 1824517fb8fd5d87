import type { Context } from '../context';
import { type Queryable, readOne } from '../listing';
import { type SaleOrderView, saleOrderResource } from '../sales/sale-order';

interface Figures {
  readonly revenueMinor: number;
  readonly costMinor: number;
  readonly marginMinor: number;
}

/** What an order brought in and cost (spec.md §9); integer minor units of the order's currency. */
export interface Profitability extends Figures {
  readonly saleOrderId: string;
  readonly currency: string;
  /** Costs of employees who are paid in another currency; they are in none of the other figures. */
  readonly otherCosts: readonly { readonly currency: string; readonly costMinor: number }[];
  /** Months with revenue (date of the invoice) or cost (date of the work), oldest first. */
  readonly byMonth: readonly (Figures & { readonly month: string })[];
}

interface MonthRow {
  readonly month: string;
  readonly currency: string;
  readonly revenueMinor: number;
  readonly costMinor: number;
}

/**
 * Revenue is what stands on posted invoices, cost the time in the ledger at each employee's present hourly cost,
 * rounded half up an entry, billable or not.
 * @throws DomainError `not_found`
 */
export async function orderProfitability(context: Context, saleOrderId: string): Promise<Profitability> {
  const order = await readOne<SaleOrderView>(context, saleOrderResource, saleOrderId);
  const { rows } = await (context.database.pool as Queryable).query(figuresByMonth, [
    context.companyId,
    saleOrderId,
  ]);
  const otherCosts = new Map<string, number>();
  const byMonth: (Figures & { readonly month: string })[] = [];
  for (const row of rows as MonthRow[]) {
    if (row.currency === order.currency) byMonth.push({ month: row.month, ...sumOf([row]) });
    else otherCosts.set(row.currency, (otherCosts.get(row.currency) ?? 0) + row.costMinor);
  }
  return {
    saleOrderId,
    currency: order.currency,
    ...sumOf(byMonth),
    otherCosts: [...otherCosts].map(([currency, costMinor]) => ({ currency, costMinor })),
    byMonth,
  };
}

function sumOf(rows: readonly { readonly revenueMinor: number; readonly costMinor: number }[]): Figures {
  const revenueMinor = rows.reduce((sum, row) => sum + row.revenueMinor, 0);
  const costMinor = rows.reduce((sum, row) => sum + row.costMinor, 0);
  return { revenueMinor, costMinor, marginMinor: revenueMinor - costMinor };
}

/** `(2 × minutes × cost + 60) / 120` in integers is minutes × cost / 60, rounded half up. */
const figuresByMonth = `
  WITH line AS (SELECT id FROM sale_order_line WHERE company_id = $1 AND order_id = $2),
  stretch AS (
    SELECT s.entry_id, s.to_minute - s.from_minute AS minutes
    FROM line JOIN slice s ON s.company_id = $1 AND s.sale_order_line_id = line.id
    UNION ALL
    SELECT s.entry_id, s.to_minute - s.from_minute
    FROM line JOIN timesheet_entry e ON e.company_id = $1 AND e.sale_order_line_id = line.id
    JOIN slice s ON s.company_id = $1 AND s.entry_id = e.id AND s.sale_order_line_id IS NULL),
  worked AS (SELECT entry_id, sum(minutes)::int8 AS minutes FROM stretch GROUP BY entry_id),
  figure AS (
    SELECT to_char(e.date, 'YYYY-MM') AS month, em.currency, 0::int8 AS revenue,
      (2 * worked.minutes * em.hourly_cost_minor + 60) / 120 AS cost
    FROM worked JOIN timesheet_entry e ON e.company_id = $1 AND e.id = worked.entry_id
    JOIN employee em ON em.company_id = $1 AND em.id = e.employee_id
    UNION ALL
    SELECT to_char(i.invoice_date, 'YYYY-MM'), i.currency, i.total_minor, 0
    FROM invoice i
    WHERE i.company_id = $1 AND i.sale_order_id = $2 AND i.status <> 'draft')
  SELECT month, currency, sum(revenue)::int8 AS "revenueMinor", sum(cost)::int8 AS "costMinor"
  FROM figure GROUP BY month, currency ORDER BY month, currency`;

import type { Queryable } from '../listing';

/** A record that contradicts spec.md §9; amounts in minor units, quantities in minutes. */
export interface InvoiceFinding {
  readonly companyId: string;
  readonly kind:
    | 'total_differs_from_lines'
    | 'line_differs_from_slices'
    | 'numbers_have_gaps'
    | 'paid_differs_from_payments'
    | 'slice_on_foreign_line'
    | 'slice_fate_differs_from_invoice';
  /** The invoice, invoice line or slice; for numbers the year. */
  readonly subjectId: string;
  readonly expected: number;
  readonly found: number;
}

const checks: readonly { readonly kind: InvoiceFinding['kind']; readonly sql: string }[] = [
  {
    kind: 'total_differs_from_lines',
    sql: `SELECT i.company_id, i.id AS subject, i.total_minor AS expected, lines.amount AS found
      FROM invoice i CROSS JOIN LATERAL (SELECT coalesce(sum(il.amount_minor), 0) AS amount FROM invoice_line il
        WHERE il.company_id = i.company_id AND il.invoice_id = i.id) lines
      WHERE lines.amount <> i.total_minor`,
  },
  {
    kind: 'line_differs_from_slices',
    sql: `SELECT il.company_id, il.id AS subject, il.quantity_minutes AS expected, slices.minutes AS found
      FROM invoice_line il
      JOIN sale_order_line l ON l.company_id = il.company_id AND l.id = il.sale_order_line_id
        AND l.invoicing = 'time_and_materials' AND l.unit <> 'piece'
      CROSS JOIN LATERAL (SELECT coalesce(sum(s.to_minute - s.from_minute), 0) AS minutes FROM slice s
        WHERE s.company_id = il.company_id AND s.invoice_line_id = il.id) slices
      WHERE slices.minutes <> il.quantity_minutes`,
  },
  {
    kind: 'numbers_have_gaps',
    sql: `SELECT numbers.company_id, numbers.year AS subject, numbers.highest AS expected, numbers.amount AS found
      FROM (SELECT company_id, split_part(number, '/', 2) AS year, max(split_part(number, '/', 3)::int) AS highest,
          count(*) AS amount
        FROM invoice WHERE number ~ '^INV/[0-9]+/[0-9]+$' GROUP BY 1, 2) numbers
      WHERE numbers.highest <> numbers.amount`,
  },
  {
    kind: 'paid_differs_from_payments',
    sql: `SELECT i.company_id, i.id AS subject, i.paid_minor AS expected, paid.amount AS found
      FROM invoice i CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount_minor), 0) AS amount FROM payment p
        WHERE p.company_id = i.company_id AND p.invoice_id = i.id) paid
      WHERE paid.amount <> i.paid_minor`,
  },
  {
    kind: 'slice_on_foreign_line',
    sql: `SELECT s.company_id, s.id AS subject, 0 AS expected, s.to_minute - s.from_minute AS found
      FROM slice s JOIN invoice_line il ON il.company_id = s.company_id AND il.id = s.invoice_line_id
      WHERE il.sale_order_line_id IS DISTINCT FROM s.sale_order_line_id`,
  },
  {
    kind: 'slice_fate_differs_from_invoice',
    sql: `SELECT s.company_id, s.id AS subject, 0 AS expected, s.to_minute - s.from_minute AS found
      FROM slice s JOIN invoice_line il ON il.company_id = s.company_id AND il.id = s.invoice_line_id
      JOIN invoice i ON i.company_id = il.company_id AND i.id = il.invoice_id
      WHERE (i.status = 'draft') <> (s.fate = 'reserved')`,
  },
];

/**
 * What contradicts the rules of invoices, for the reconcile sweep and the tests (spec.md §9); nothing when all is
 * well. Checks every company, or one. A slice has one invoice line and slices never overlap, so that no minute
 * stands on two lines; what is checked beyond is that it stands on the right one.
 */
export async function invoiceFindings(queryable: Queryable, companyId?: string): Promise<InvoiceFinding[]> {
  const text = checks
    .map(
      ({ kind, sql }) => `SELECT company_id AS "companyId", '${kind}' AS kind, subject::text AS "subjectId",
        expected::int8 AS expected, found::int8 AS found FROM (${sql}) AS "${kind}"`,
    )
    .join(' UNION ALL ');
  const { rows } = await queryable.query(
    `SELECT * FROM (${text}) findings WHERE $1::text IS NULL OR findings."companyId" = $1 ORDER BY 1, 2, 3`,
    [companyId ?? null],
  );
  return rows as InvoiceFinding[];
}

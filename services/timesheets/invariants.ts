import type { Queryable } from '../listing';

/** A promise of the ledger that does not hold for one record; what invoices promise is checked in `invoicing`. */
export interface LedgerFinding {
  readonly check: LedgerCheck;
  readonly companyId: string;
  /** The entry or order line concerned. */
  readonly subjectId: string;
  readonly expected: number;
  readonly found: number;
}

const checks = {
  /** Delivered minutes of a line = the minutes of the slices on it. */
  delivered_differs: `SELECT l.company_id, l.id AS subject_id, coalesce(sum(s.to_minute - s.from_minute), 0) AS expected,
      l.delivered_minutes AS found
    FROM sale_order_line l LEFT JOIN slice s ON s.company_id = l.company_id AND s.sale_order_line_id = l.id
    GROUP BY l.company_id, l.id
    HAVING coalesce(sum(s.to_minute - s.from_minute), 0) <> l.delivered_minutes`,
  /** The slices of an applied entry sum to its minutes; a deleted one has none. */
  entry_not_covered: `SELECT e.company_id, e.id AS subject_id,
      CASE WHEN e.deleted_at IS NULL THEN e.minutes ELSE 0 END AS expected,
      coalesce(sum(s.to_minute - s.from_minute), 0) AS found
    FROM timesheet_entry e LEFT JOIN slice s ON s.company_id = e.company_id AND s.entry_id = e.id
    WHERE e.applied_version = e.version GROUP BY e.company_id, e.id
    HAVING coalesce(sum(s.to_minute - s.from_minute), 0) <> CASE WHEN e.deleted_at IS NULL THEN e.minutes ELSE 0 END`,
  /** No pack has more drawn from it than was ordered. */
  pack_overdrawn: `SELECT l.company_id, l.id AS subject_id, l.ordered_minutes AS expected,
      sum(s.to_minute - s.from_minute) AS found
    FROM sale_order_line l JOIN slice s ON s.company_id = l.company_id AND s.sale_order_line_id = l.id
    WHERE l.invoicing = 'prepaid' AND s.fate IN ('reserved', 'invoiced') GROUP BY l.company_id, l.id
    HAVING sum(s.to_minute - s.from_minute) > l.ordered_minutes`,
  /** Overage stands only on packs that are used up; `found` is what the pack still holds. */
  overage_beside_free_minutes: `SELECT l.company_id, l.id AS subject_id, 0 AS expected,
      l.ordered_minutes - coalesce(sum(s.to_minute - s.from_minute) FILTER (WHERE s.fate IN ('reserved', 'invoiced')), 0) AS found
    FROM sale_order_line l JOIN slice s ON s.company_id = l.company_id AND s.sale_order_line_id = l.id
    WHERE l.invoicing = 'prepaid' GROUP BY l.company_id, l.id
    HAVING bool_or(s.fate = 'unbilled')
      AND l.ordered_minutes > coalesce(sum(s.to_minute - s.from_minute) FILTER (WHERE s.fate IN ('reserved', 'invoiced')), 0)`,
  /** Minutes of a pack are reserved only while each posted line is drawn in full; `found` is what those still hold. */
  reserved_beside_posted_minutes: `SELECT l.company_id, l.id AS subject_id, 0 AS expected, sum(posted.room) AS found
    FROM sale_order_line l
    JOIN (SELECT i.company_id, i.sale_order_line_id, i.quantity_minutes - coalesce(sum(s.to_minute - s.from_minute), 0) AS room
      FROM invoice_line i JOIN invoice v ON v.company_id = i.company_id AND v.id = i.invoice_id AND v.status <> 'draft'
      LEFT JOIN slice s ON s.company_id = i.company_id AND s.invoice_line_id = i.id
      GROUP BY i.company_id, i.id) posted ON posted.company_id = l.company_id AND posted.sale_order_line_id = l.id
    WHERE l.invoicing = 'prepaid' AND posted.room > 0 AND EXISTS (SELECT 1 FROM slice r
      WHERE r.company_id = l.company_id AND r.sale_order_line_id = l.id AND r.fate = 'reserved')
    GROUP BY l.company_id, l.id`,
  /** No posted line of a pack holds more minutes than it was posted for. */
  pack_line_overfilled: `SELECT i.company_id, i.id AS subject_id, i.quantity_minutes AS expected,
      sum(s.to_minute - s.from_minute) AS found
    FROM invoice_line i JOIN slice s ON s.company_id = i.company_id AND s.invoice_line_id = i.id
    JOIN sale_order_line l ON l.company_id = i.company_id AND l.id = i.sale_order_line_id AND l.invoicing = 'prepaid'
    GROUP BY i.company_id, i.id HAVING sum(s.to_minute - s.from_minute) > i.quantity_minutes`,
  /** Time counts only on confirmed orders; `found` counts minutes. */
  time_on_unconfirmed_order: `SELECT l.company_id, l.id AS subject_id, 0 AS expected, sum(e.minutes) AS found
    FROM timesheet_entry e JOIN sale_order_line l ON l.company_id = e.company_id AND l.id = e.sale_order_line_id
    JOIN sale_order o ON o.company_id = l.company_id AND o.id = l.order_id
    WHERE o.status <> 'confirmed' AND e.billable AND e.deleted_at IS NULL GROUP BY l.company_id, l.id`,
} as const;

export type LedgerCheck = keyof typeof checks | 'entry_pending';

/** An entry whose version the ledger does not hold yet. */
export interface PendingEntry {
  readonly companyId: string;
  readonly entryId: string;
  readonly ticketId: string;
  readonly version: number;
  readonly appliedVersion: number;
}

/**
 * Entries that wait longer than this for the ledger, longest first: what the reconcile sweep tells their
 * workflows again. Cheap: an index holds only pending entries.
 */
export async function pendingEntries(
  queryable: Queryable,
  options: {
    readonly olderThanSeconds: number;
    readonly limit: number;
    readonly companyId?: string | undefined;
  },
): Promise<PendingEntry[]> {
  const { rows } = await queryable.query(
    `SELECT company_id AS "companyId", id AS "entryId", ticket_id AS "ticketId", version,
       applied_version AS "appliedVersion"
     FROM timesheet_entry WHERE applied_version < version
       AND updated_at <= now() - make_interval(secs => $1::int) AND ($3::text IS NULL OR company_id = $3)
     ORDER BY created_at LIMIT $2::int`,
    [options.olderThanSeconds, options.limit, options.companyId ?? null],
  );
  return rows as PendingEntry[];
}

/**
 * Every broken promise of the ledger of slices (spec.md §9), at most `limit`; empty when the books are right. Reads
 * only; one statement, so one snapshot. It walks the whole ledger of the company, or of all.
 */
export async function ledgerFindings(
  queryable: Queryable,
  options: {
    readonly companyId?: string | undefined;
    /** How long an entry may wait for the ledger before that is a finding; 60 when left out. */
    readonly pendingSeconds?: number | undefined;
    readonly limit?: number | undefined;
  } = {},
): Promise<LedgerFinding[]> {
  const parts = Object.entries(checks).map(
    ([name, text]) =>
      `SELECT '${name}' AS "check", company_id, subject_id, expected::int8, found::int8 FROM (${text}) q`,
  );
  const pending = `SELECT 'entry_pending', company_id, id, version::int8, applied_version::int8 FROM timesheet_entry
    WHERE applied_version < version AND updated_at <= now() - make_interval(secs => $2::int)`;
  const { rows } = await queryable.query(
    `SELECT "check", company_id AS "companyId", subject_id AS "subjectId", expected, found
     FROM (${[...parts, pending].join(' UNION ALL ')}) finding
     WHERE $1::text IS NULL OR company_id = $1 ORDER BY "check", subject_id LIMIT $3::int`,
    [options.companyId ?? null, options.pendingSeconds ?? 60, options.limit ?? 100],
  );
  return rows as LedgerFinding[];
}

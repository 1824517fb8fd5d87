import type { PostedRoom } from '../../domain/billing/packs';
import type { ChargedLine, LineInvoicing, SliceFate } from '../../domain/billing/slices';
import type { Stretch } from '../../domain/billing/stretches';
import type { Transaction } from '../../prisma/client';

/** An entry locked for a change of its slices. */
export interface LockedEntry {
  readonly id: string;
  readonly ticketId: string;
  readonly employeeId: string;
  readonly version: number;
  readonly appliedVersion: number;
  readonly minutes: number;
  readonly billable: boolean;
  readonly saleOrderLineId: string | null;
  readonly deleted: boolean;
  readonly date: string;
}

/** A slice as the ledger holds it, with the kind of line it counts on. */
export interface HeldSlice extends Stretch {
  readonly id: string;
  readonly fate: SliceFate;
  readonly saleOrderLineId: string | null;
  readonly invoiceLineId: string | null;
  readonly invoicing: LineInvoicing | null;
}

/** An order line locked for a change of the slices on it. */
export interface LockedLine {
  readonly id: string;
  readonly invoicing: LineInvoicing;
  readonly orderedMinutes: number | null;
  /** What the entries other than the one at hand have drawn from the pack. */
  readonly drawnMinutes: number;
  /** The pack's posted invoice lines, oldest first, with the minutes those entries have left of them. */
  readonly posted: readonly PostedRoom[];
}

/**
 * Locks an entry until the transaction ends. The rule for every change of the ledger: first the entry, then its
 * lines in the order of their ids (`lockLines`); slices on a line change only under the line's lock. NO KEY UPDATE
 * lets rows that refer to the entry or line be written meanwhile: logging time never waits for the ledger, and a
 * refill of this entry's overage by another entry's change does not end in a deadlock.
 */
export async function lockEntry(
  db: Transaction,
  companyId: string,
  entryId: string,
): Promise<LockedEntry | undefined> {
  const rows = await db.$queryRaw<LockedEntry[]>`
    SELECT id, ticket_id AS "ticketId", employee_id AS "employeeId", version, applied_version AS "appliedVersion",
      minutes, billable, sale_order_line_id AS "saleOrderLineId", deleted_at IS NOT NULL AS deleted, date::text AS date
    FROM timesheet_entry WHERE company_id = ${companyId} AND id = ${entryId} FOR NO KEY UPDATE`;
  return rows[0];
}

/**
 * Locks the lines an entry counts on: that of the version it has, and those its slices stand on. Which lines the slices
 * stand on cannot change while the entry is locked, so they are found in the same query.
 */
export async function lockLines(db: Transaction, companyId: string, entry: LockedEntry): Promise<void> {
  await db.$queryRaw`
    SELECT id FROM sale_order_line WHERE company_id = ${companyId} AND id IN (
      SELECT sale_order_line_id FROM slice WHERE company_id = ${companyId} AND entry_id = ${entry.id}
      UNION SELECT ${entry.saleOrderLineId})
    ORDER BY id FOR NO KEY UPDATE`;
}

/** The entry's slices, in order. Read after the lines are locked: until then a pack may still draw overage. */
export function heldSlices(db: Transaction, companyId: string, entryId: string): Promise<HeldSlice[]> {
  return db.$queryRaw<HeldSlice[]>`
    SELECT s.id, s.from_minute AS "fromMinute", s.to_minute AS "toMinute", s.fate,
      s.sale_order_line_id AS "saleOrderLineId", s.invoice_line_id AS "invoiceLineId", l.invoicing
    FROM slice s LEFT JOIN sale_order_line l ON l.company_id = s.company_id AND l.id = s.sale_order_line_id
    WHERE s.company_id = ${companyId} AND s.entry_id = ${entryId} ORDER BY s.from_minute`;
}

/** The state of locked lines, as the entries other than this one left it. */
export function readLines(
  db: Transaction,
  companyId: string,
  entryId: string,
  lineIds: readonly string[],
): Promise<LockedLine[]> {
  return db.$queryRaw<LockedLine[]>`
    SELECT l.id, l.invoicing, l.ordered_minutes AS "orderedMinutes",
      (SELECT coalesce(sum(s.to_minute - s.from_minute), 0)::int FROM slice s
        WHERE s.company_id = l.company_id AND s.sale_order_line_id = l.id AND s.fate IN ('reserved', 'invoiced')
          AND s.entry_id <> ${entryId} AND l.invoicing = 'prepaid') AS "drawnMinutes",
      (SELECT coalesce(json_agg(json_build_object('invoiceLineId', i.id, 'minutes', i.quantity_minutes - held.minutes)
          ORDER BY v.posted_at, i.id), '[]'::json)
        FROM invoice_line i JOIN invoice v ON v.company_id = i.company_id AND v.id = i.invoice_id
        CROSS JOIN LATERAL (SELECT coalesce(sum(s.to_minute - s.from_minute), 0) AS minutes FROM slice s
          WHERE s.company_id = i.company_id AND s.invoice_line_id = i.id AND s.entry_id <> ${entryId}) held
        WHERE i.company_id = l.company_id AND i.sale_order_line_id = l.id AND v.status <> 'draft'
          AND l.invoicing = 'prepaid' AND i.quantity_minutes > held.minutes) AS posted
    FROM sale_order_line l WHERE l.company_id = ${companyId} AND l.id = ANY(${[...lineIds]})`;
}

/** What the pack still holds for the entry at hand. */
export function availableMinutes(line: LockedLine): number {
  return Math.max(0, (line.orderedMinutes ?? 0) - line.drawnMinutes);
}

/** The line as the rules of `domain/billing` see it. */
export function chargedLineOf(line: LockedLine | undefined): ChargedLine | null {
  if (line === undefined) return null;
  if (line.invoicing === 'time_and_materials') return { invoicing: 'time_and_materials' };
  return {
    invoicing: 'prepaid',
    availableMinutes: availableMinutes(line),
    posted: line.posted,
  };
}

import { drawnFate, drawOverage } from '../../domain/billing/slices';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';

/** A pack with minutes that nobody has drawn. */
export interface FreePack {
  readonly lineId: string;
  readonly freeMinutes: number;
  readonly postedInvoiceLineId: string | null;
}

/** How many minutes of which entry a pack took in. */
export interface DrawnOverage {
  readonly saleOrderLineId: string;
  readonly entryId: string;
  readonly minutes: number;
}

interface OverageRow {
  readonly id: string;
  readonly entryId: string;
  readonly entryVersion: number;
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly date: Date;
  readonly lineId: string;
}

/**
 * Gives the free minutes of packs to the overage on the same line, oldest work first, so that overage stands
 * only on packs that are used up. The caller holds the lines' locks; delivered minutes do not change by it.
 */
export async function drawOverageIntoPacks(
  context: Context,
  db: Transaction,
  packs: readonly FreePack[],
): Promise<DrawnOverage[]> {
  if (packs.length === 0) return [];
  const { companyId } = context;
  const rows = await db.$queryRaw<OverageRow[]>`
    SELECT id, "entryId", "entryVersion", "fromMinute", "toMinute", date, "lineId" FROM (
      SELECT s.id, s.entry_id AS "entryId", s.entry_version AS "entryVersion", s.from_minute AS "fromMinute",
        s.to_minute AS "toMinute", s.date, pack.line_id AS "lineId", pack.free,
        sum(s.to_minute - s.from_minute) OVER (PARTITION BY pack.line_id ORDER BY s.date, s.entry_id, s.from_minute)
          - (s.to_minute - s.from_minute) AS before
      FROM unnest(${packs.map((pack) => pack.lineId)}::text[], ${packs.map((pack) => pack.freeMinutes)}::int[])
        AS pack(line_id, free)
      JOIN slice s ON s.company_id = ${companyId} AND s.sale_order_line_id = pack.line_id AND s.fate = 'unbilled'
    ) overage WHERE before < free ORDER BY "lineId", before`;
  if (rows.length === 0) return [];
  const drawn = packs.flatMap((pack) => {
    const overage = rows.filter((row) => row.lineId === pack.lineId);
    return drawOverage(overage, pack.freeMinutes).map((cut) => ({
      ...cut,
      ...drawnFate(pack.postedInvoiceLineId),
    }));
  });
  // The rest of a cut slice gives way before the drawn part is written: two slices never hold the same minute.
  await db.$executeRaw`
    UPDATE slice s SET from_minute = changed.from_minute, fate = changed.fate,
      invoice_line_id = changed.invoice_line_id, updated_at = ${context.now()}
    FROM unnest(
      ${drawn.map(({ slice }) => slice.id)}::text[],
      ${drawn.map(({ slice, atMinute }) => (atMinute < slice.toMinute ? atMinute : slice.fromMinute))}::int[],
      ${drawn.map(({ slice, atMinute, fate }) => (atMinute < slice.toMinute ? 'unbilled' : fate))}::text[],
      ${drawn.map(({ slice, atMinute, invoiceLineId }) => (atMinute < slice.toMinute ? null : invoiceLineId))}::text[]
    ) AS changed(id, from_minute, fate, invoice_line_id)
    WHERE s.company_id = ${companyId} AND s.id = changed.id`;
  const parts = drawn.filter(({ slice, atMinute }) => atMinute < slice.toMinute);
  if (parts.length > 0) {
    await db.slice.createMany({
      data: parts.map(({ slice, atMinute, fate, invoiceLineId }) => ({
        companyId,
        id: newId('slice'),
        entryId: slice.entryId,
        entryVersion: slice.entryVersion,
        fromMinute: slice.fromMinute,
        toMinute: atMinute,
        fate,
        saleOrderLineId: slice.lineId,
        invoiceLineId,
        date: slice.date,
      })),
    });
  }
  return drawn.map(({ slice, atMinute }) => ({
    saleOrderLineId: slice.lineId,
    entryId: slice.entryId,
    minutes: atMinute - slice.fromMinute,
  }));
}

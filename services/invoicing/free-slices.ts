import { releaseMinutes } from '../../domain/billing/release';
import type { IdentifiedSlice } from '../../domain/billing/slices';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';

interface ReservedSlice extends IdentifiedSlice {
  readonly lineId: string;
  readonly entryId: string;
  readonly entryVersion: number;
  readonly saleOrderLineId: string;
  readonly date: Date;
}

/**
 * Gives back the newest minutes of draft invoice lines: by the work's date, then by when it was logged, then from the
 * end of the entry (spec.md §9). A slice of which only a part goes is cut at the minute. Lines without slices,
 * such as prepaid ones, have nothing to give back.
 */
export async function freeNewestMinutes(
  context: Context,
  db: Transaction,
  wanted: readonly { readonly lineId: string; readonly minutes: number }[],
): Promise<void> {
  const lowered = wanted.filter((line) => line.minutes > 0);
  if (lowered.length === 0) return;
  const slices = await db.$queryRaw<ReservedSlice[]>`
    SELECT id, invoice_line_id AS "lineId", entry_id AS "entryId", entry_version AS "entryVersion",
      sale_order_line_id AS "saleOrderLineId", date, from_minute AS "fromMinute", to_minute AS "toMinute"
    FROM slice
    WHERE company_id = ${context.companyId} AND invoice_line_id = ANY(${lowered.map((line) => line.lineId)})
      AND fate = 'reserved'
    ORDER BY date DESC, entry_id DESC, from_minute DESC FOR UPDATE`;
  const byLine = new Map<string, ReservedSlice[]>();
  for (const slice of slices) byLine.set(slice.lineId, [...(byLine.get(slice.lineId) ?? []), slice]);
  const releases = lowered.flatMap((line) => {
    const held = byLine.get(line.lineId);
    return held === undefined ? [] : [releaseMinutes(held, line.minutes)];
  });
  const now = context.now();
  const splits = releases.flatMap((release) => (release.split === null ? [] : [release.split]));
  await db.$executeRaw`
    UPDATE slice SET fate = 'unbilled', invoice_line_id = NULL, updated_at = ${now}
    WHERE company_id = ${context.companyId} AND id = ANY(${releases.flatMap((release) => release.freedIds)})`;
  if (splits.length === 0) return;
  // Shrunk before the rest is inserted: no two slices of an entry may overlap, not even within the transaction.
  await db.$executeRaw`
    UPDATE slice SET to_minute = cut.at_minute, updated_at = ${now}
    FROM unnest(${splits.map((split) => split.id)}::text[], ${splits.map((split) => split.atMinute)}::int[])
      AS cut (id, at_minute)
    WHERE slice.company_id = ${context.companyId} AND slice.id = cut.id`;
  const byId = new Map(slices.map((slice) => [slice.id, slice]));
  await db.slice.createMany({
    data: splits.flatMap((split) => {
      const slice = byId.get(split.id);
      if (slice === undefined) return [];
      const { entryId, entryVersion, saleOrderLineId, date, toMinute } = slice;
      return [
        {
          companyId: context.companyId,
          id: newId('slice'),
          entryId,
          entryVersion,
          saleOrderLineId,
          date,
          fromMinute: split.atMinute,
          toMinute,
          fate: 'unbilled',
          createdAt: now,
          updatedAt: now,
        },
      ];
    }),
  });
}

import { type PostedRoom, refillPack, type WaitingSlice } from '../../domain/billing/packs';
import { totalMinutes } from '../../domain/billing/stretches';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';

/** A pack in which minutes came free, or of which an invoice was posted. */
export interface PackToRefill {
  readonly lineId: string;
  /** Minutes that nobody has drawn. */
  readonly freeMinutes: number;
  /** Posted invoice lines that stand for more minutes than are drawn on them. */
  readonly posted: readonly PostedRoom[];
}

/** How many minutes of which entry a pack took in. */
export interface DrawnOverage {
  readonly saleOrderLineId: string;
  readonly entryId: string;
  readonly minutes: number;
}

interface WaitingRow extends WaitingSlice {
  readonly entryId: string;
  readonly entryVersion: number;
  readonly date: Date;
  readonly lineId: string;
}

/**
 * Gives what packs have to the time that waits for it, oldest work first: minutes on posted invoices to what is
 * reserved, free minutes to the overage. So minutes are reserved only while every posted line is drawn in full,
 * overage stands only on packs that are used up, and no invoice line holds more minutes than it was posted for. The
 * caller holds the lines' locks; delivered minutes do not change by it.
 */
export async function refillPacks(
  context: Context,
  db: Transaction,
  packs: readonly PackToRefill[],
): Promise<DrawnOverage[]> {
  if (packs.length === 0) return [];
  const { companyId } = context;
  const rows = await db.$queryRaw<WaitingRow[]>`
    SELECT id, fate, "entryId", "entryVersion", "fromMinute", "toMinute", date, "lineId" FROM (
      SELECT s.id, s.fate, s.entry_id AS "entryId", s.entry_version AS "entryVersion", s.from_minute AS "fromMinute",
        s.to_minute AS "toMinute", s.date, wanted.line_id AS "lineId", wanted.minutes AS wanted,
        sum(s.to_minute - s.from_minute)
          OVER (PARTITION BY wanted.line_id, s.fate ORDER BY s.date, s.entry_id, s.from_minute)
          - (s.to_minute - s.from_minute) AS before
      FROM unnest(
        ${packs.flatMap((pack) => [pack.lineId, pack.lineId])}::text[], ${packs.flatMap(() => ['reserved', 'unbilled'])}::text[],
        ${packs.flatMap((pack) => [roomOf(pack), pack.freeMinutes])}::int[]) AS wanted(line_id, fate, minutes)
      JOIN slice s ON s.company_id = ${companyId} AND s.sale_order_line_id = wanted.line_id AND s.fate = wanted.fate
        AND s.invoice_line_id IS NULL
      WHERE wanted.minutes > 0
    ) waiting WHERE before < wanted ORDER BY "lineId", fate, before`;
  if (rows.length === 0) return [];
  const refilled = packs.flatMap((pack) =>
    refillPack(
      rows.filter((row) => row.lineId === pack.lineId),
      pack,
    ),
  );
  // The last part stays in the slice's row, which so gives way before the others are written: two slices never
  // hold the same minute.
  const kept = refilled.flatMap(({ slice, parts }) =>
    parts.slice(-1).map((part) => ({ ...part, id: slice.id })),
  );
  await db.$executeRaw`
    UPDATE slice s SET from_minute = changed.from_minute, fate = changed.fate,
      invoice_line_id = changed.invoice_line_id, updated_at = ${context.now()}
    FROM unnest(${kept.map(({ id }) => id)}::text[], ${kept.map(({ fromMinute }) => fromMinute)}::int[],
      ${kept.map(({ fate }) => fate)}::text[], ${kept.map(({ invoiceLineId }) => invoiceLineId)}::text[]
    ) AS changed(id, from_minute, fate, invoice_line_id)
    WHERE s.company_id = ${companyId} AND s.id = changed.id`;
  const cutOff = refilled.flatMap(({ slice, parts }) => parts.slice(0, -1).map((part) => ({ slice, part })));
  if (cutOff.length > 0) {
    await db.slice.createMany({
      data: cutOff.map(({ slice, part }) => ({
        ...part,
        companyId,
        id: newId('slice'),
        entryId: slice.entryId,
        entryVersion: slice.entryVersion,
        saleOrderLineId: slice.lineId,
        date: slice.date,
      })),
    });
  }
  return refilled.flatMap(({ slice, parts }) => {
    if (slice.fate === 'reserved') return [];
    const drawn = parts.filter((part) => part.fate !== 'unbilled');
    return [{ saleOrderLineId: slice.lineId, entryId: slice.entryId, minutes: totalMinutes(drawn) }];
  });
}

function roomOf(pack: PackToRefill): number {
  return pack.posted.reduce((sum, room) => sum + room.minutes, 0);
}

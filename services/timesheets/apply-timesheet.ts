import { roomBeside } from '../../domain/billing/packs';
import { isLocked, planSlices, type SliceFate } from '../../domain/billing/slices';
import { minutesOf, type Stretch, totalMinutes } from '../../domain/billing/stretches';
import { notFound } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { change } from '../transaction';
import {
  availableMinutes,
  chargedLineOf,
  type HeldSlice,
  heldSlices,
  type LockedEntry,
  type LockedLine,
  lockEntry,
  lockLines,
  readLines,
} from './ledger-lines';
import { type PackToRefill, refillPacks } from './refill-packs';

/** What an application left behind. */
export interface AppliedTimesheet {
  readonly entryId: string;
  readonly version: number;
  /**
   * `applied`: the ledger now holds `version`. `unchanged`: it held it already. `held_back`: the entry shrank below
   * minutes that a draft invoice took meanwhile; it stays pending, and the next application tries again.
   */
  readonly outcome: 'applied' | 'unchanged' | 'held_back';
}

/** A slice that is to be written, in the ledger's words. */
interface NewSlice extends Stretch {
  readonly id: string;
  readonly fate: SliceFate;
  readonly saleOrderLineId: string | null;
  readonly invoiceLineId: string | null;
}

/**
 * Brings the ledger to the entry's current version (spec.md §9): its free slices are replaced by those the rules of
 * `domain/billing` plan, the delivered minutes of the lines follow, and minutes that came free in a pack go to the
 * oldest overage on it. Exactly once per (entry, version) however often, in whatever order and by however many
 * at once it is called: the entry's row is locked and `applied_version` says what is done. Time that is
 * invoiced on a prepaid line is drawn anew freely, for the pack's invoice is for the ordered quantity; slices
 * that stand in an invoice of time and materials stay, whatever happens to the entry.
 * @throws DomainError `not_found` for an entry that does not exist.
 */
export function applyTimesheet(
  context: Context,
  input: { readonly entryId: string },
): Promise<AppliedTimesheet> {
  return change<AppliedTimesheet>(context, async ({ db, event, unchanged }) => {
    const entry = await lockEntry(db, context.companyId, input.entryId);
    if (entry === undefined) throw notFound('time entry');
    const answer = { entryId: entry.id, version: entry.version };
    if (entry.appliedVersion === entry.version) {
      unchanged();
      return { ...answer, outcome: 'unchanged' };
    }
    await lockLines(db, context.companyId, entry);
    const held = await heldSlices(db, context.companyId, entry.id);
    const lines = await readLines(db, context.companyId, entry.id, lineIdsOf(entry, held));
    const next = sliceNext(entry, held, lines);
    if (next === undefined) {
      unchanged();
      return { ...answer, outcome: 'held_back' };
    }
    const free = held.filter((slice) => !isLocked(slice.fate, slice.invoicing));
    await replaceSlices(context, db, entry, free, next);
    const delivered = await moveDelivered(context, db, free, next);
    const drawnOverage = await refillPacks(context, db, packsWithRoom(entry, lines, next));
    await db.timesheetEntry.update({
      where: { companyId_id: { companyId: context.companyId, id: entry.id } },
      data: { appliedVersion: entry.version },
    });
    event({
      kind: 'timesheet.applied',
      subjectId: entry.id,
      ticketId: entry.ticketId,
      before: { version: entry.appliedVersion, slices: held },
      after: { version: entry.version, slices: next, delivered, drawnOverage },
    });
    return { ...answer, outcome: 'applied' };
  });
}

/** The slices to write beside the locked ones; `undefined` when the entry shrank below those. */
function sliceNext(
  entry: LockedEntry,
  held: readonly HeldSlice[],
  lines: readonly LockedLine[],
): NewSlice[] | undefined {
  const planned = planSlices({
    minutes: entry.deleted ? 0 : entry.minutes,
    billable: entry.billable,
    line: chargedLineOf(lines.find((line) => line.id === entry.saleOrderLineId)),
    locked: held.filter((slice) => isLocked(slice.fate, slice.invoicing)),
  });
  return planned?.map(({ onLine, ...slice }) => ({
    id: newId('slice'),
    ...slice,
    saleOrderLineId: onLine ? entry.saleOrderLineId : null,
  }));
}

async function replaceSlices(
  context: Context,
  db: Transaction,
  entry: LockedEntry,
  free: readonly HeldSlice[],
  next: readonly NewSlice[],
): Promise<void> {
  const { companyId } = context;
  if (free.length > 0) {
    await db.slice.deleteMany({ where: { companyId, id: { in: free.map((slice) => slice.id) } } });
  }
  if (next.length === 0) return;
  await db.slice.createMany({
    data: next.map((slice) => ({
      ...slice,
      companyId,
      entryId: entry.id,
      entryVersion: entry.version,
      date: new Date(entry.date),
    })),
  });
}

/** Adds to each line what came and takes off what went, and answers the lines' new delivered minutes. */
async function moveDelivered(
  context: Context,
  db: Transaction,
  free: readonly HeldSlice[],
  next: readonly NewSlice[],
): Promise<{ saleOrderLineId: string; deliveredMinutes: number }[]> {
  const moved = new Map<string, number>();
  const add = (lineId: string | null, minutes: number): void => {
    if (lineId !== null) moved.set(lineId, (moved.get(lineId) ?? 0) + minutes);
  };
  for (const slice of free) add(slice.saleOrderLineId, -minutesOf(slice));
  for (const slice of next) add(slice.saleOrderLineId, minutesOf(slice));
  const changed = [...moved].filter(([, minutes]) => minutes !== 0);
  if (changed.length === 0) return [];
  return db.$queryRaw`
    UPDATE sale_order_line l SET delivered_minutes = l.delivered_minutes + moved.minutes, updated_at = ${context.now()}
    FROM unnest(${changed.map(([id]) => id)}::text[], ${changed.map(([, minutes]) => minutes)}::int[]) AS moved(id, minutes)
    WHERE l.company_id = ${context.companyId} AND l.id = moved.id
    RETURNING l.id AS "saleOrderLineId", l.delivered_minutes AS "deliveredMinutes"`;
}

/** The packs in which, after the entry's own draw, minutes are left for the time of others. */
function packsWithRoom(
  entry: LockedEntry,
  lines: readonly LockedLine[],
  next: readonly NewSlice[],
): PackToRefill[] {
  return lines.flatMap((line) => {
    if (line.invoicing !== 'prepaid') return [];
    const own =
      line.id === entry.saleOrderLineId ? next.filter((slice) => slice.saleOrderLineId === line.id) : [];
    const freeMinutes = availableMinutes(line) - totalMinutes(own);
    if (freeMinutes <= 0) return [];
    return [{ lineId: line.id, freeMinutes, posted: roomBeside(own, line.posted) }];
  });
}

function lineIdsOf(entry: LockedEntry, held: readonly HeldSlice[]): string[] {
  const ids = [entry.saleOrderLineId, ...held.map((slice) => slice.saleOrderLineId)];
  return [...new Set(ids.filter((id) => id !== null))];
}

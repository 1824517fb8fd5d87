import type { IdentifiedSlice } from './slices';
import { minutesOf, type Stretch, takeFirst, totalMinutes } from './stretches';

/** How many more minutes a posted invoice line of a pack stands for; lines whose minutes are all drawn are left out. */
export interface PostedRoom {
  readonly invoiceLineId: string;
  readonly minutes: number;
}

/** Drawn minutes: on a posted invoice line of the pack, or reserved for one to come. */
export interface DrawnSlice extends Stretch {
  readonly fate: 'reserved' | 'invoiced';
  readonly invoiceLineId: string | null;
}

/**
 * Puts drawn minutes on the pack's posted invoice lines, in the order given, as far as each of them goes; what none
 * of them was posted for stays reserved.
 */
export function placeDrawn(stretches: readonly Stretch[], posted: readonly PostedRoom[]): DrawnSlice[] {
  const placed: DrawnSlice[] = [];
  let left: readonly Stretch[] = stretches;
  for (const { invoiceLineId, minutes } of posted) {
    const { taken, rest } = takeFirst(left, minutes);
    placed.push(...taken.map((stretch): DrawnSlice => ({ ...stretch, fate: 'invoiced', invoiceLineId })));
    left = rest;
  }
  return [
    ...placed,
    ...left.map((stretch): DrawnSlice => ({ ...stretch, fate: 'reserved', invoiceLineId: null })),
  ];
}

/** What the posted invoice lines still stand for once these slices are on them. */
export function roomBeside(
  slices: readonly (Stretch & { readonly invoiceLineId: string | null })[],
  posted: readonly PostedRoom[],
): PostedRoom[] {
  return posted
    .map((room) => ({
      ...room,
      minutes:
        room.minutes - totalMinutes(slices.filter((slice) => slice.invoiceLineId === room.invoiceLineId)),
    }))
    .filter((room) => room.minutes > 0);
}

/** A slice that waits for its pack: drawn and reserved, or overage. */
export interface WaitingSlice extends IdentifiedSlice {
  readonly fate: 'reserved' | 'unbilled';
}

/** What becomes of one such slice: its parts in order, which together are the slice. */
export interface RefilledSlice<Slice extends WaitingSlice> {
  readonly slice: Slice;
  readonly parts: readonly (
    | DrawnSlice
    | (Stretch & { readonly fate: 'unbilled'; readonly invoiceLineId: null })
  )[];
}

/**
 * What a pack does with minutes that came free and with an invoice that was posted: in the order given, reserved
 * slices move to the posted lines, and overage is drawn, the last of it cut where the pack is used up again. The
 * caller puts reserved slices before overage and the oldest first; slices that stay as they are, are left out.
 */
export function refillPack<Slice extends WaitingSlice>(
  waiting: readonly Slice[],
  pack: { readonly freeMinutes: number; readonly posted: readonly PostedRoom[] },
): RefilledSlice<Slice>[] {
  const refilled: RefilledSlice<Slice>[] = [];
  let { freeMinutes, posted } = pack;
  for (const slice of waiting) {
    const { fromMinute, toMinute } = slice;
    const overage = slice.fate === 'unbilled';
    const { taken, rest } = takeFirst([{ fromMinute, toMinute }], overage ? freeMinutes : minutesOf(slice));
    const drawn = placeDrawn(taken, posted);
    if (overage) freeMinutes -= totalMinutes(taken);
    posted = roomBeside(drawn, posted);
    if (drawn.every((part) => part.fate === slice.fate)) continue;
    refilled.push({
      slice,
      parts: [...drawn, ...rest.map((part) => ({ ...part, fate: 'unbilled', invoiceLineId: null }) as const)],
    });
  }
  return refilled;
}

import { type PostedRoom, placeDrawn } from './packs';
import { gapsBetween, type Stretch, takeFirst } from './stretches';

/**
 * What may become of a minute of logged time; each minute has exactly one fate at any time (spec.md §9).
 * On a time-and-materials line: `unbilled` → `reserved` on a draft invoice → `invoiced` when it is posted →
 * `credited`. On a prepaid line: `reserved` = drawn from minutes of the pack that no invoice was posted for yet,
 * `invoiced` = drawn from minutes on a posted invoice, `unbilled` = beyond the pack (overage), never billed by itself.
 */
export const sliceFates = [
  'unbilled',
  'reserved',
  'invoiced',
  'credited',
  'written_off',
  'non_billable',
] as const;
export type SliceFate = (typeof sliceFates)[number];

export const lineInvoicings = ['prepaid', 'time_and_materials'] as const;
export type LineInvoicing = (typeof lineInvoicings)[number];

/**
 * Whether a slice stands in somebody's books and so must not be taken away by a change of its entry: anything of a
 * time-and-materials line that a draft or posted invoice holds, and whatever was credited or written off. What is
 * drawn from a pack is not: the invoice of a pack is for the ordered quantity, not for these minutes.
 */
export function isLocked(fate: SliceFate, invoicing: LineInvoicing | null): boolean {
  switch (fate) {
    case 'unbilled':
    case 'non_billable':
      return false;
    case 'reserved':
    case 'invoiced':
      return invoicing !== 'prepaid';
    case 'credited':
    case 'written_off':
      return true;
  }
}

/** The order line an entry counts on, as far as its fate depends on it. */
export type ChargedLine =
  | { readonly invoicing: 'time_and_materials' }
  | {
      readonly invoicing: 'prepaid';
      /** What the pack still holds once this entry's own draw is given back; never negative. */
      readonly availableMinutes: number;
      /** The pack's posted invoice lines that stand for more minutes than the other entries have drawn. */
      readonly posted: readonly PostedRoom[];
    };

export interface PlannedSlice extends Stretch {
  readonly fate: 'unbilled' | 'reserved' | 'invoiced' | 'non_billable';
  /** Whether the slice counts on the entry's order line. */
  readonly onLine: boolean;
  readonly invoiceLineId: string | null;
}

/**
 * The slices an entry gets beside those that must stay (`locked`): one without a line for time that is not
 * billable, one unbilled for time and materials, and for a pack what it still holds, then the overage. Together
 * with the locked ones they cover 0…`minutes` exactly. Under the overage policy `allow` nothing is refused.
 * @returns `undefined` when a locked slice ends after `minutes`: the entry cannot shrink below it.
 */
export function planSlices(entry: {
  readonly minutes: number;
  readonly billable: boolean;
  readonly line: ChargedLine | null;
  readonly locked: readonly Stretch[];
}): PlannedSlice[] | undefined {
  const gaps = gapsBetween(entry.locked, entry.minutes);
  if (gaps === undefined) return undefined;
  const { line } = entry;
  if (!entry.billable || line === null) {
    return gaps.map((gap) => ({ ...gap, fate: 'non_billable', onLine: false, invoiceLineId: null }));
  }
  const overageOf = (stretch: Stretch): PlannedSlice => ({
    ...stretch,
    fate: 'unbilled',
    onLine: true,
    invoiceLineId: null,
  });
  if (line.invoicing === 'time_and_materials') return gaps.map(overageOf);
  const { taken, rest } = takeFirst(gaps, line.availableMinutes);
  const drawn = placeDrawn(taken, line.posted).map((slice) => ({ ...slice, onLine: true }));
  return [...drawn, ...rest.map(overageOf)].toSorted((left, right) => left.fromMinute - right.fromMinute);
}

export interface IdentifiedSlice extends Stretch {
  readonly id: string;
}

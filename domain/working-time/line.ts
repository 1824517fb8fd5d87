import type { Periodic } from './periodic';
import { SortedSearch } from './sorted-search';

/** What a row of a line does: nothing counts, everything counts, or the periodic hours count. */
export type RowKind = 0 | 1 | 2;
export const closedRow: RowKind = 0;
export const openRow: RowKind = 1;
export const periodicRow: RowKind = 2;

/** A row holds from `start` to the next row's start; `anchor` is position 0 of the periodic hours. */
export type Row = { readonly start: number; readonly kind: RowKind; readonly anchor: number };

/**
 * Work as a function of position on `[low, high)`, either of which may be infinite: rows of periodic hours with the
 * exceptions between them. Immutable. Work is 0 at `origin`, so lines with one origin agree where both reach.
 */
export class Line {
  readonly low: number;
  readonly high: number;
  /** Work at `low` and at `high`. */
  readonly lowWork: number;
  readonly highWork: number;
  private readonly periodic: Periodic;
  private readonly kinds: Uint8Array;
  private readonly anchors: Float64Array;
  /** What a row adds to the work it measures itself. */
  private readonly shifts: Float64Array;
  private readonly byStart: SortedSearch;
  private readonly byWork: SortedSearch;

  /** `rows` ascend strictly; the first starts at `low`, which is infinite only when that row is periodic. */
  constructor(periodic: Periodic, rows: readonly Row[], high: number, origin: number) {
    const count = rows.length;
    const starts = new Float64Array(count);
    const works = new Float64Array(count);
    this.periodic = periodic;
    this.kinds = new Uint8Array(count);
    this.anchors = new Float64Array(count);
    this.shifts = new Float64Array(count);
    let work = 0;
    for (let index = 0; index < count; index++) {
      const row = rows[index] as Row;
      const next = rows[index + 1]?.start ?? high;
      starts[index] = row.start;
      works[index] = work;
      this.kinds[index] = row.kind;
      this.anchors[index] = row.anchor;
      this.shifts[index] = Number.isFinite(row.start) ? work - measure(periodic, row, row.start) : 0;
      work = (this.shifts[index] as number) + measure(periodic, row, next);
    }
    this.low = starts[0] as number;
    this.high = high;
    this.byStart = new SortedSearch(starts);
    if (this.low === -Infinity) works[0] = periodic.total > 0 ? -Infinity : (this.shifts[0] as number);
    const offset = this.workAt(origin);
    for (let index = 0; index < count; index++) {
      (this.shifts[index] as number) -= offset;
      (works[index] as number) -= offset;
    }
    this.byWork = new SortedSearch(works);
    this.lowWork = works[0] as number;
    this.highWork = work - offset;
  }

  /** Work at a position within `[low, high)`. */
  workAt(position: number): number {
    const index = this.byStart.lastAtOrBelow(position);
    const shift = this.shifts[index] as number;
    const kind = this.kinds[index];
    if (kind === periodicRow) return shift + this.periodic.workAt(position - (this.anchors[index] as number));
    return kind === openRow ? shift + position : shift;
  }

  /** The first position with that much work; needs `lowWork < work <= highWork`. */
  first(work: number): number {
    const index = this.byWork.lastBelow(work);
    const own = work - (this.shifts[index] as number);
    return this.kinds[index] === periodicRow
      ? (this.anchors[index] as number) + this.periodic.first(own)
      : own;
  }

  /** The last position with that much work; needs `lowWork <= work < highWork`. */
  last(work: number): number {
    const index = this.byWork.lastAtOrBelow(work);
    const own = work - (this.shifts[index] as number);
    return this.kinds[index] === periodicRow
      ? (this.anchors[index] as number) + this.periodic.last(own)
      : own;
  }
}

/** Work a row measures at a position, from a zero of its own. */
function measure(periodic: Periodic, row: Row, position: number): number {
  if (row.kind === closedRow) return 0;
  if (row.kind === openRow) return position;
  if (!Number.isFinite(position)) return periodic.total > 0 ? position : 0;
  return periodic.workAt(position - row.anchor);
}

import { SortedSearch } from './sorted-search';

/**
 * Opening hours that repeat for ever with a fixed period, as prefix sums (`spec.md` §6). Positions and work are
 * in one unit: milliseconds for hours, days for working dates. Work is counted from position 0.
 */
export class Periodic {
  readonly period: number;
  /** Work of one period; 0 when there are no intervals. */
  readonly total: number;
  private readonly starts: Float64Array;
  private readonly lengths: Float64Array;
  private readonly sums: Float64Array;
  private readonly byStart: SortedSearch;
  private readonly bySum: SortedSearch;
  private readonly perPeriod: number;
  private readonly perTotal: number;

  /** `intervals` are flat pairs `from, to`, ascending, disjoint, within `[0, period]`. */
  constructor(period: number, intervals: readonly number[]) {
    // An interval of no length at 0 leads, so that no search can fall off the front.
    const bounds = [0, 0, ...intervals];
    const count = bounds.length / 2;
    this.period = period;
    this.starts = new Float64Array(count);
    this.lengths = new Float64Array(count);
    this.sums = new Float64Array(count);
    let total = 0;
    for (let index = 0; index < count; index++) {
      const from = bounds[2 * index] as number;
      const length = (bounds[2 * index + 1] as number) - from;
      this.starts[index] = from;
      this.lengths[index] = length;
      this.sums[index] = total;
      total += length;
    }
    this.total = total;
    this.byStart = new SortedSearch(this.starts);
    this.bySum = new SortedSearch(this.sums);
    this.perPeriod = 1 / period;
    this.perTotal = total > 0 ? 1 / total : 0;
  }

  /** Work from position 0 to `position`, negative before it. */
  workAt(position: number): number {
    let periods = Math.floor(position * this.perPeriod);
    let rest = position - periods * this.period;
    // The product with the reciprocal may round over a whole number, by one period at most.
    if (rest < 0) {
      rest += this.period;
      periods--;
    } else if (rest >= this.period) {
      rest -= this.period;
      periods++;
    }
    const index = this.byStart.lastAtOrBelow(rest);
    const into = rest - (this.starts[index] as number);
    const length = this.lengths[index] as number;
    return periods * this.total + (this.sums[index] as number) + (into < length ? into : length);
  }

  /** The first position with that much work: inside an interval or at its end. Needs `total > 0`. */
  first(work: number): number {
    let periods = Math.floor(work * this.perTotal);
    let rest = work - periods * this.total;
    if (rest <= 0) {
      rest += this.total;
      periods--;
    } else if (rest > this.total) {
      rest -= this.total;
      periods++;
    }
    const index = this.bySum.lastBelow(rest);
    return periods * this.period + (this.starts[index] as number) + (rest - (this.sums[index] as number));
  }

  /** The last position with that much work: inside an interval or at its start. Needs `total > 0`. */
  last(work: number): number {
    let periods = Math.floor(work * this.perTotal);
    let rest = work - periods * this.total;
    if (rest < 0) {
      rest += this.total;
      periods--;
    } else if (rest >= this.total) {
      rest -= this.total;
      periods++;
    }
    const index = this.bySum.lastAtOrBelow(rest);
    return periods * this.period + (this.starts[index] as number) + (rest - (this.sums[index] as number));
  }

  /** Intervals as flat pairs, cut to `[from, to)`, in order; two may touch where a period ends. */
  spansWithin(from: number, to: number): number[] {
    const spans: number[] = [];
    for (let base = Math.floor(from / this.period) * this.period; base < to; base += this.period) {
      for (let index = 1; index < this.starts.length; index++) {
        const start = Math.max(from, base + (this.starts[index] as number));
        const end = Math.min(to, base + (this.starts[index] as number) + (this.lengths[index] as number));
        if (start < end) spans.push(start, end);
      }
    }
    return spans;
  }
}

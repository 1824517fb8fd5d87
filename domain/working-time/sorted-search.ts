/** With eight nearly every search ends without a step it has to guess; more only costs memory. */
const bucketsPerKey = 8;

/**
 * Search in ascending numbers. The range is cut into equal buckets, each knowing how many keys lie below it, so
 * that evenly spread keys are found without a step and crowded ones by bisection of their bucket.
 */
export class SortedSearch {
  private readonly keys: Float64Array;
  private readonly below: Uint32Array;
  private readonly origin: number;
  private readonly scale: number;
  private readonly lastBucket: number;

  /** `keys` ascend; the first and the last may be infinite. */
  constructor(keys: Float64Array) {
    this.keys = keys;
    const finite = keys.filter((key) => Number.isFinite(key));
    const buckets = bucketsPerKey * Math.max(1, finite.length);
    const first = finite[0] ?? 0;
    const range = (finite[finite.length - 1] ?? 0) - first;
    this.origin = first;
    this.scale = range > 0 ? buckets / range : 0;
    this.lastBucket = buckets - 1;
    this.below = new Uint32Array(buckets + 1);
    for (const key of keys) (this.below[this.bucketOf(key) + 1] as number)++;
    for (let bucket = 0; bucket < buckets; bucket++) {
      (this.below[bucket + 1] as number) += this.below[bucket] as number;
    }
  }

  /** Index of the last key `<= value`, -1 when there is none. */
  lastAtOrBelow(value: number): number {
    const bucket = this.bucketOf(value);
    let low = this.below[bucket] as number;
    let high = this.below[bucket + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Index of the last key `< value`, -1 when there is none. */
  lastBelow(value: number): number {
    const bucket = this.bucketOf(value);
    let low = this.below[bucket] as number;
    let high = this.below[bucket + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Never descends as `value` ascends; that alone makes the counts valid bounds, whatever is rounded. */
  private bucketOf(value: number): number {
    const position = (value - this.origin) * this.scale;
    return position >= this.lastBucket ? this.lastBucket : position > 0 ? position | 0 : 0;
  }
}

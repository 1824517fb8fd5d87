import type { IdentifiedSlice } from './slices';

export interface Release {
  /** Stretches that are freed whole. */
  readonly freedIds: readonly string[];
  /** The one of which only the end is freed, from `atMinute` on. */
  readonly split: { readonly id: string; readonly atMinute: number } | null;
}

/**
 * Which stretches give back `minutes`, beginning with the first of those given (the caller puts the newest first,
 * spec.md §9); of the last one touched, its latest minutes go.
 * @throws RangeError when the stretches hold fewer minutes.
 */
export function releaseMinutes(newestFirst: readonly IdentifiedSlice[], minutes: number): Release {
  const freedIds: string[] = [];
  let left = minutes;
  for (const stretch of newestFirst) {
    if (left === 0) break;
    const length = stretch.toMinute - stretch.fromMinute;
    if (length > left) return { freedIds, split: { id: stretch.id, atMinute: stretch.toMinute - left } };
    freedIds.push(stretch.id);
    left -= length;
  }
  if (left > 0) throw new RangeError(`the stretches hold ${minutes - left} of ${minutes} minutes`);
  return { freedIds, split: null };
}

/** Spans are flat pairs `from, to`. Unites them: ascending, disjoint, never touching, none empty (`spec.md` §6). */
export function unite(spans: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < spans.length; index += 2) {
    const from = spans[index] as number;
    const to = spans[index + 1] as number;
    if (from < to) pairs.push([from, to]);
  }
  pairs.sort((left, right) => left[0] - right[0]);
  const united: number[] = [];
  for (const [from, to] of pairs) {
    const last = united.length - 1;
    if (last > 0 && from <= (united[last] as number)) united[last] = Math.max(united[last] as number, to);
    else united.push(from, to);
  }
  return united;
}

/** The part of united spans within `[from, to)`. */
export function clip(spans: readonly number[], from: number, to: number): number[] {
  const clipped: number[] = [];
  for (let index = 0; index < spans.length; index += 2) {
    const start = Math.max(from, spans[index] as number);
    const end = Math.min(to, spans[index + 1] as number);
    if (start < end) clipped.push(start, end);
  }
  return clipped;
}

/** Whether a position lies within one of the spans. */
export function covers(spans: readonly number[], position: number): boolean {
  for (let index = 0; index < spans.length; index += 2) {
    if ((spans[index] as number) <= position && position < (spans[index + 1] as number)) return true;
  }
  return false;
}

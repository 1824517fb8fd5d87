/** Part of an entry's minutes, from the first included to the last excluded one, counted from the entry's start. */
export interface Stretch {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export function minutesOf(stretch: Stretch): number {
  return stretch.toMinute - stretch.fromMinute;
}

export function totalMinutes(stretches: readonly Stretch[]): number {
  return stretches.reduce((total, stretch) => total + minutesOf(stretch), 0);
}

/**
 * The first `minutes` of the stretches and the rest of them, cut at the exact minute; in order, none empty.
 * Asking for more than there is takes all.
 */
export function takeFirst(
  stretches: readonly Stretch[],
  minutes: number,
): { readonly taken: Stretch[]; readonly rest: Stretch[] } {
  const taken: Stretch[] = [];
  const rest: Stretch[] = [];
  let wanted = Math.max(0, minutes);
  for (const stretch of stretches) {
    const cut = stretch.fromMinute + Math.min(wanted, minutesOf(stretch));
    if (cut > stretch.fromMinute) taken.push({ fromMinute: stretch.fromMinute, toMinute: cut });
    if (cut < stretch.toMinute) rest.push({ fromMinute: cut, toMinute: stretch.toMinute });
    wanted -= cut - stretch.fromMinute;
  }
  return { taken, rest };
}

/** The minutes of 0…`minutes` that none of `kept` holds; `undefined` when a kept stretch ends after them. */
export function gapsBetween(kept: readonly Stretch[], minutes: number): Stretch[] | undefined {
  const gaps: Stretch[] = [];
  let position = 0;
  for (const stretch of kept.toSorted((left, right) => left.fromMinute - right.fromMinute)) {
    if (stretch.fromMinute > position) gaps.push({ fromMinute: position, toMinute: stretch.fromMinute });
    position = Math.max(position, stretch.toMinute);
  }
  if (position > minutes) return undefined;
  if (position < minutes) gaps.push({ fromMinute: position, toMinute: minutes });
  return gaps;
}

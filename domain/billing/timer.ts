/** The longest time entry; a timer that ran for longer was forgotten. */
export const longestEntryMinutes = 1440;

/**
 * What a timer measured in whole minutes: the nearest, half a minute up, and never less than one. Rounding to
 * what is billed is the contract's matter and comes later (spec.md §9: raw minutes are kept).
 */
export function timedMinutes(startedAtMs: number, stoppedAtMs: number): number {
  return Math.max(1, Math.floor((stoppedAtMs - startedAtMs) / 60_000 + 0.5));
}

import type { Calendar } from './calendar';
import { dayMs, yearOfInstant } from './civil';
import { firstRuledYear } from './zone';

/** 400 Gregorian years are this many days, a whole number of weeks. */
const gregorianDays = 146_097;

/** Before this year no zone changed its offset. */
const firstZoneYear = 1799;

/**
 * The years around everything a calendar says about dates: before `first` and from `ruled` on there is only what
 * repeats.
 */
export function exceptionYears(calendar: Calendar): { readonly first: number; readonly ruled: number } {
  let first = firstZoneYear;
  let ruled = firstRuledYear;
  const include = (ms: number): void => {
    const year = yearOfInstant(ms);
    first = Math.min(first, year - 2);
    ruled = Math.max(ruled, year + 2);
  };
  for (const day of calendar.holidays.keys()) include(day * dayMs);
  for (const day of calendar.overrides.keys()) include(day * dayMs);
  for (const { from, to } of calendar.leaves) {
    include(from.ms);
    include(to.ms);
  }
  return { first, ruled };
}

/** After how many years, or days, a rota of that many days meets the Gregorian calendar as it did before. */
export function gregorianRepeat(rotaDays: number): { readonly years: number; readonly days: number } {
  let divisor = rotaDays;
  for (let rest = gregorianDays; rest !== 0; ) [divisor, rest] = [rest, divisor % rest];
  const times = rotaDays / divisor;
  return { years: 400 * times, days: gregorianDays * times };
}

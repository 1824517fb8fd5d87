import type HolidayTable from 'date-holidays';
import { invalidField } from '../../domain/shared/errors';
import { nextTurn, turnIsOver } from '../turn';
import type { FoundHolidays, NamedDate } from './import-holidays';

export interface CountryHolidays {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** A state of the country, `BY`, or a region of a state, `BY-A`. */
  readonly region?: string | undefined;
  readonly years: readonly number[];
}

const dayMs = 86_400_000;
/** A date with a change to summer time has 23 hours and is a whole one. */
const summerTimeMs = 3_600_000;
const longestName = 200;

/** Loads the rules: a large table that keeps the thread for a sixth of a second, so a server does it before it listens. */
export async function loadHolidayRules(): Promise<typeof HolidayTable> {
  return (await import('date-holidays')).default;
}

/**
 * The public holidays of a country's years.
 * @throws DomainError `validation_failed` for a country or region the table does not know.
 */
export async function readCountry(source: CountryHolidays): Promise<FoundHolidays> {
  const Holidays = await loadHolidayRules();
  const table = new Holidays();
  const { country } = source;
  if (!Object.hasOwn(table.getCountries(), country)) {
    throw invalidField(
      '/country',
      'unknown_value',
      `There is no table of holidays for the country ${country}.`,
    );
  }
  const [state, region] = (source.region ?? '').split('-', 2);
  if (state) {
    const states: Record<string, string> = table.getStates(country) ?? {};
    const regions: Record<string, string> = region ? (table.getRegions(country, state) ?? {}) : {};
    if (!Object.hasOwn(states, state) || (region && !Object.hasOwn(regions, region))) {
      const known = Object.keys(states).join(', ');
      throw invalidField(
        '/region',
        'unknown_value',
        known === '' ? `${country} has no regions of its own.` : `The regions of ${country} are ${known}.`,
      );
    }
  }
  const options = { types: ['public' as const] };
  const holidays = !state
    ? new Holidays(country, options)
    : region
      ? new Holidays(country, state, region, options)
      : new Holidays(country, state, options);
  const closed: NamedDate[] = [];
  const partial: NamedDate[] = [];
  for (const year of new Set(source.years)) {
    while (turnIsOver()) await nextTurn();
    for (const { date, start, end, name } of holidays.getHolidays(year)) {
      const startsAt = Date.parse(`${date.slice(0, 10)}T${date.slice(11, 19)}Z`);
      const dates = wholeDates(startsAt, startsAt + end.getTime() - start.getTime());
      const shortName = name.slice(0, longestName);
      if (dates.length === 0) partial.push({ date: date.slice(0, 10), name: shortName });
      closed.push(...dates.map((whole) => ({ date: whole, name: shortName })));
    }
  }
  return { closed, partial };
}

/** The dates that lie wholly within a stretch of wall-clock time, as if the wall clock were UTC. */
function wholeDates(fromMs: number, toMs: number): string[] {
  const dates: string[] = [];
  for (let day = Math.ceil(fromMs / dayMs) * dayMs; day + dayMs <= toMs + summerTimeMs; day += dayMs) {
    dates.push(new Date(day).toISOString().slice(0, 10));
  }
  return dates;
}

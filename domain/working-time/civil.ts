/** Milliseconds of a nominal day; days are counted from 1970-01-01 (`spec.md` §6). */
export const dayMs = 86_400_000;

/** The last instant a `Date` can hold; answers beyond it are no answers (`spec.md` §6). */
export const lastInstantMs = 8.64e15;

/** Taken out once: a look-up in a sandbox's global object costs more than the division. */
const { floor } = Math;

/** Day number of 1 January, in the proleptic Gregorian calendar (`spec.md` §6). */
export function firstDayOfYear(year: number): number {
  return (
    365 * (year - 1970) + floor((year - 1969) / 4) - floor((year - 1901) / 100) + floor((year - 1601) / 400)
  );
}

/** Year that holds the instant, in UTC; arithmetic, since tables ask it thousands of times (`spec.md` §6). */
export function yearOfInstant(ms: number): number {
  const day = floor(ms / dayMs);
  // The mean year is right but for the days around 1 January, where it is off by one.
  const year = 1970 + floor(day / 365.2425);
  if (day < firstDayOfYear(year)) return year - 1;
  return day < firstDayOfYear(year + 1) ? year : year + 1;
}

/** ISO weekday of a day number, Monday = 1 (`spec.md` §6). */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Day number of a `YYYY-MM-DD` date, or `null` when it is malformed or no such date exists (`spec.md` §6). */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // Engines differ on whether 30 February is an error or 2 March; the round trip settles it.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? ms / dayMs : null;
}

/** Minutes since midnight of `HH:MM` up to `24:00`, or `null` (`spec.md` §6). */
export function parseClock(text: string): number | null {
  if (text === '24:00') return 1440;
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}

/** An end of a leave: a wall-clock time (milliseconds as if it were UTC) or an instant (`spec.md` §6). */
export type Moment = { readonly wall: boolean; readonly ms: number };

/** Reads `YYYY-MM-DD[THH:MM[:SS[.mmm]]]` as wall time, or with an offset as an instant; `null` when it is neither. */
export function parseMoment(text: string): Moment | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:[0-5]\d(?:\.\d{1,3})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/.exec(
      text,
    );
  if (!match) return null;
  const day = parseDate(match[1] as string);
  const minutes = parseClock(match[2] ?? '00:00');
  const milliseconds = Math.round(Number((match[3] ?? ':0').slice(1)) * 1000);
  if (day === null || minutes === null || (minutes === 1440 && milliseconds > 0)) return null;
  const wallMs = day * dayMs + minutes * 60_000 + milliseconds;
  const offset = match[4];
  if (offset === undefined) return { wall: true, ms: wallMs };
  if (offset === 'Z') return { wall: false, ms: wallMs };
  const offsetMs = (parseClock(offset.slice(1)) as number) * 60_000;
  return { wall: false, ms: offset.startsWith('-') ? wallMs + offsetMs : wallMs - offsetMs };
}

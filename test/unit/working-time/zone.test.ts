import { zoneOf } from '../../../domain/working-time/zone';

/** Offset as the host's zone data has it, read in another form than the engine reads it. */
function hostOffset(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (ms) => {
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(ms)) ?? [];
    const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -offset : offset;
  };
}

const dayMs = 86_400_000;

test.each([
  ['Europe/Berlin', 1893, 1950],
  ['Africa/Freetown', 1935, 1945],
  ['America/Recife', 1999, 2003],
  ['America/Noronha', 1999, 2003],
  ['Asia/Gaza', 2035, 2087],
  ['Africa/Casablanca', 2080, 2110],
  ['Europe/Berlin', 2095, 2140],
  ['America/New_York', 2390, 2410],
  ['Australia/Lord_Howe', 3990, 4000],
  ['Pacific/Apia', 2009, 2013],
  ['America/Juneau', 1866, 1868],
  ['America/New_York', 1700, 1702],
])('%s from %i to %i has the offsets of the host, day by day and at each change', (timezone, from, to) => {
  const zone = zoneOf(timezone);
  const offset = hostOffset(timezone);
  for (let ms = Date.UTC(from, 0, 1); ms < Date.UTC(to, 0, 1); ms += dayMs) {
    if (zone.offsetAt(ms) !== offset(ms)) expect([ms, zone.offsetAt(ms)]).toEqual([ms, offset(ms)]);
  }
  for (const { atMs, before, after } of zone.changes(from, to)) {
    expect([before, after]).toEqual([offset(atMs - 1000), offset(atMs)]);
  }
});

test('a wall time in a gap moves forward by the gap, in a fold it is the first', () => {
  const berlin = zoneOf('Europe/Berlin');
  expect(berlin.toInstant(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.parse('2026-03-29T03:30:00+02:00'));
  expect(berlin.toInstant(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.parse('2026-10-25T02:30:00+02:00'));
  expect(berlin.toInstant(Date.UTC(2026, 9, 25, 3, 0))).toBe(Date.parse('2026-10-25T03:00:00+01:00'));
});

test('a skipped date begins with the next one', () => {
  const apia = zoneOf('Pacific/Apia');
  const skipped = Date.UTC(2011, 11, 30) / dayMs;
  expect(apia.midnight(skipped)).toBe(apia.midnight(skipped + 1));
});

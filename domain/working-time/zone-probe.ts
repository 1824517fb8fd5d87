import { dayMs } from './civil';

/** UTC offset (milliseconds east of UTC) of an instant, as asked of the host's zone data. */
export type OffsetProbe = (ms: number) => number;

/** Offsets of one UTC year: `first` holds from its start, `offsets[i]` from the instant `at[i]`. */
export type YearOffsets = {
  readonly first: number;
  readonly at: readonly number[];
  readonly offsets: readonly number[];
};

/**
 * Two changes of offset were never closer than four days in any zone from 1900 to 2086 (Freetown in September
 * 1939), so probes three days apart see each one.
 */
const probeStepMs = 3 * dayMs;

/** A probe on `Intl`; throws `RangeError` when the zone is unknown (`spec.md` §6). */
export function intlProbe(timezone: string): OffsetProbe {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (ms) => {
    const text = format.format(ms);
    const wallMs = Date.UTC(
      Number(text.slice(6, 10)),
      Number(text.slice(0, 2)) - 1,
      Number(text.slice(3, 5)),
      Number(text.slice(12, 14)),
      Number(text.slice(15, 17)),
      Number(text.slice(18, 20)),
    );
    return wallMs - Math.floor(ms / 1000) * 1000;
  };
}

/** Finds each change of offset in `[fromMs, toMs)`, exact to the second, by probing and bisecting. */
export function probeOffsets(probe: OffsetProbe, fromMs: number, toMs: number): YearOffsets {
  const first = probe(fromMs);
  const at: number[] = [];
  const offsets: number[] = [];
  let knownMs = fromMs;
  let known = first;
  while (knownMs < toMs) {
    const nextMs = Math.min(knownMs + probeStepMs, toMs);
    const next = probe(nextMs);
    if (next !== known) {
      const changeMs = bisect(probe, knownMs, nextMs, known);
      if (changeMs < toMs) {
        at.push(changeMs);
        offsets.push(next);
      }
    }
    knownMs = nextMs;
    known = next;
  }
  return { first, at, offsets };
}

function bisect(probe: OffsetProbe, fromMs: number, toMs: number, before: number): number {
  let low = fromMs / 1000;
  let high = toMs / 1000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (probe(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}

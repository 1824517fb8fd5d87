import type { WorkingTime } from '../../../domain/working-time';

/** A pause of an SLA clock in epoch milliseconds; one still open ends at infinity. */
export type Pause = { readonly startMs: number; readonly endMs: number };

/** United pauses cut at `startMs`, in order. */
function unitePauses(pauses: readonly Pause[], startMs: number): Pause[] {
  const united: Pause[] = [];
  const sorted = pauses
    .map((pause) => ({ startMs: Math.max(startMs, pause.startMs), endMs: pause.endMs }))
    .filter((pause) => pause.startMs < pause.endMs)
    .sort((left, right) => left.startMs - right.startMs);
  for (const pause of sorted) {
    const last = united[united.length - 1];
    if (last && pause.startMs <= last.endMs) {
      united[united.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, pause.endMs) };
    } else {
      united.push(pause);
    }
  }
  return united;
}

/** Earliest instant at which unpaused working time since `startMs` reaches the target; `null` while paused. */
export function deadline(
  engine: WorkingTime,
  startMs: number,
  durationMs: number,
  pauses: readonly Pause[],
): number | null {
  let at = startMs;
  let left = durationMs;
  for (const pause of unitePauses(pauses, startMs)) {
    const worked = engine.betweenMs(at, pause.startMs);
    if (worked >= left) return engine.addMs(at, left);
    left -= worked;
    if (pause.endMs === Infinity) return null;
    at = pause.endMs;
  }
  return engine.addMs(at, left);
}

/** Working time from `startMs` to `endMs` less the pauses. */
export function elapsed(
  engine: WorkingTime,
  startMs: number,
  endMs: number,
  pauses: readonly Pause[],
): number {
  return unitePauses(pauses, startMs).reduce(
    (sum, pause) => sum - engine.betweenMs(Math.min(endMs, pause.startMs), Math.min(endMs, pause.endMs)),
    engine.betweenMs(startMs, endMs),
  );
}

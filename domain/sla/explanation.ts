import type { Actor } from '../shared/actor';
import type { WorkingTime } from '../working-time';
import { type ClockRule, type StageFacts, type StagePeriod, standings } from './clock';

/** One stretch between a clock's start and its deadline: counted towards the target or skipped, and why. */
export interface ExplanationSegment {
  readonly fromMs: number;
  readonly toMs: number;
  /** Whole minutes by running totals, so that the counted ones add up to the target exactly. */
  readonly minutes: number;
  readonly counted: boolean;
  readonly reason: string;
  /** The holiday or exception by name. */
  readonly name?: string;
  /** The stage that paused the clock, and who moved the ticket there. */
  readonly cause?: { readonly stageId: string; readonly actor: Actor };
}

/**
 * The proof of a deadline: every instant from the clock's start to `untilMs`, counted or skipped, with its reason
 * (spec.md §7). With `untilMs` the deadline, the counted minutes sum to the target exactly.
 */
export function explainClock(
  rule: ClockRule,
  stages: ReadonlyMap<string, StageFacts>,
  periods: readonly StagePeriod[],
  startedAtMs: number,
  untilMs: number,
  workingTime: WorkingTime,
): ExplanationSegment[] {
  const raw = standings(rule, stages, periods, startedAtMs)
    .filter(({ fromMs }) => fromMs < untilMs)
    .flatMap(({ standing, fromMs, toMs, period }): Omit<ExplanationSegment, 'minutes'>[] => {
      const endMs = Math.min(toMs ?? untilMs, untilMs);
      if (endMs <= fromMs) return [];
      if (standing === 'running')
        return workingTime.segments(fromMs, endMs).map((segment) => ({ ...segment }));
      const cause = { stageId: period.stageId, actor: period.enteredBy };
      return [{ fromMs, toMs: endMs, counted: false, reason: `stage_${standing}`, cause }];
    });
  return withWholeMinutes(raw);
}

/** Rounds running totals instead of single stretches: no rounding error can add up. */
function withWholeMinutes(segments: readonly Omit<ExplanationSegment, 'minutes'>[]): ExplanationSegment[] {
  const totalsMs = { counted: 0, skipped: 0 };
  return segments.map((segment) => {
    const kind = segment.counted ? 'counted' : 'skipped';
    const before = Math.floor(totalsMs[kind] / 60_000);
    totalsMs[kind] += segment.toMs - segment.fromMs;
    return { ...segment, minutes: Math.floor(totalsMs[kind] / 60_000) - before };
  });
}

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

/** What a deadline is explained from; the clock's own facts, and the instant up to which they are listed. */
export interface ExplainedClock {
  readonly rule: ClockRule;
  readonly stages: ReadonlyMap<string, StageFacts>;
  readonly periods: readonly StagePeriod[];
  readonly startedAtMs: number;
  /**
   * When the target was reached. The deadline that was met lies later: from here on the hours count as they would
   * have, wherever the ticket stands.
   */
  readonly reachedAtMs: number | null;
  readonly untilMs: number;
  readonly workingTime: WorkingTime;
}

/**
 * The proof of a deadline: every instant from the clock's start to `untilMs`, counted or skipped, with its reason
 * (spec.md §7). With `untilMs` the deadline, the counted minutes sum to the target exactly.
 */
export function explainClock(clock: ExplainedClock): ExplanationSegment[] {
  const raw = stretchesOf(clock).flatMap(
    ({ runs, standing, fromMs, toMs, period }): Omit<ExplanationSegment, 'minutes'>[] => {
      if (runs) return clock.workingTime.segments(fromMs, toMs).map((segment) => ({ ...segment }));
      const cause = { stageId: period.stageId, actor: period.enteredBy };
      return [{ fromMs, toMs, counted: false, reason: `stage_${standing}`, cause }];
    },
  );
  return withWholeMinutes(raw);
}

/** The sum of the counted segments without listing them, whose number grows with the dates the clock runs over. */
export function countedTime(clock: ExplainedClock): {
  readonly countedMs: number;
  /** From opening to closing and from closing to opening: the time that would have to be listed date by date. */
  readonly runningMs: number;
} {
  const running = stretchesOf(clock).filter(({ runs }) => runs);
  return {
    countedMs: running.reduce((sum, { fromMs, toMs }) => sum + clock.workingTime.betweenMs(fromMs, toMs), 0),
    runningMs: running.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
  };
}

/** Where the ticket stood up to `untilMs`, and whether the clock ran there. */
function stretchesOf({ rule, stages, periods, startedAtMs, reachedAtMs, untilMs }: ExplainedClock) {
  return standings(rule, stages, periods, startedAtMs)
    .map((stretch) => ({
      ...stretch,
      toMs: Math.min(stretch.toMs ?? untilMs, untilMs),
      runs: stretch.standing === 'running' || (reachedAtMs !== null && stretch.fromMs >= reachedAtMs),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
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

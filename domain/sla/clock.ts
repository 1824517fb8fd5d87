import type { Actor } from '../shared/actor';
import type { StageCategory } from '../ticket/values';
import type { WorkingTime } from '../working-time';

/** A stage as the clock sees it; `position` orders the stages of one team and says nothing beside another's. */
export interface StageFacts {
  readonly id: string;
  readonly teamId: string;
  readonly position: number;
  readonly category: StageCategory;
  readonly cancels: boolean;
}

/** Where the ticket stood from one instant to the next; the last period is open. */
export interface StagePeriod {
  readonly stageId: string;
  readonly enteredAtMs: number;
  readonly leftAtMs: number | null;
  readonly enteredBy: Actor;
}

/** What a policy version asks for, with its target stage as a position in its team's order. */
export interface ClockRule {
  readonly teamId: string;
  /** Working time. */
  readonly targetMs: number;
  readonly warnAtPercent: number;
  readonly targetPosition: number;
  readonly pausedStageIds: readonly string[];
  readonly pauseInPausedStages: boolean;
  readonly onReopen: 'resume' | 'restart';
}

export type ClockStatus = 'running' | 'paused' | 'reached' | 'breached' | 'cancelled';

/** What a stage does to a clock. Reaching a stage means it or any later one that does not cancel (spec.md §4). */
export type Standing = 'running' | 'paused' | 'reached' | 'cancelled';

/** The clock as the facts up to now make it. Instants are epoch milliseconds. */
export interface ClockReading {
  readonly status: ClockStatus;
  /** Working time still left of the target; 0 once it is used up. */
  readonly remainingMs: number;
  /** Set while running, and kept once reached or breached; null while paused. */
  readonly deadlineMs: number | null;
  readonly atRiskAtMs: number | null;
  readonly reachedAtMs: number | null;
  /** The deadline that passed, never the instant at which somebody noticed. */
  readonly breachedAtMs: number | null;
}

/** Time in another team's stages counts like time in one's own; only its own team's order can be reached. */
export function standingIn(stage: StageFacts, rule: ClockRule): Standing {
  if (stage.cancels) return 'cancelled';
  if (stage.teamId === rule.teamId && stage.position >= rule.targetPosition) return 'reached';
  if (stage.category === 'closed' || rule.pausedStageIds.includes(stage.id)) return 'paused';
  return stage.category === 'paused' && rule.pauseInPausedStages ? 'paused' : 'running';
}

/** The periods of a ticket from a clock's start on, each with its standing. */
export function standings(
  rule: ClockRule,
  stages: ReadonlyMap<string, StageFacts>,
  periods: readonly StagePeriod[],
  startedAtMs: number,
): {
  readonly standing: Standing;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly period: StagePeriod;
}[] {
  return periods
    .filter((period) => period.leftAtMs === null || period.leftAtMs > startedAtMs)
    .map((period) => {
      const stage = stages.get(period.stageId);
      return {
        standing: stage === undefined ? 'paused' : standingIn(stage, rule),
        fromMs: Math.max(period.enteredAtMs, startedAtMs),
        toMs: period.leftAtMs,
        period,
      };
    });
}

/**
 * Reads a clock from its facts: its start, where the ticket stood since, the rule and the calendar (spec.md §7).
 * The same facts always give the same reading, so a deadline is recomputed and never shifted. A ticket that
 * reaches its target exactly at the deadline has met it.
 */
export function readClock(
  rule: ClockRule,
  stages: ReadonlyMap<string, StageFacts>,
  periods: readonly StagePeriod[],
  startedAtMs: number,
  workingTime: WorkingTime,
  nowMs: number,
): ClockReading {
  const { targetMs } = rule;
  const warnMs = Math.floor((targetMs * rule.warnAtPercent) / 100);
  let consumedMs = 0;
  let deadlineMs: number | null = null;
  let atRiskAtMs: number | null = null;
  let reachedAtMs: number | null = null;
  let breachedAtMs: number | null = null;
  let last: Standing = 'running';
  const path = standings(rule, stages, periods, startedAtMs);
  for (const [index, { standing, fromMs, toMs }] of path.entries()) {
    // From a reached stage into a cancelling one is no reopening: what was reached stays reached.
    if (standing === 'cancelled' && reachedAtMs !== null) continue;
    last = standing;
    if (standing === 'reached') {
      reachedAtMs ??= fromMs;
      deadlineMs ??= workingTime.addMs(fromMs, targetMs - consumedMs);
      if (rule.onReopen === 'restart') break;
      continue;
    }
    reachedAtMs = null;
    if (standing !== 'running') {
      if (breachedAtMs === null) deadlineMs = null;
      continue;
    }
    if (breachedAtMs !== null) continue;
    const leftMs = targetMs - consumedMs;
    deadlineMs = workingTime.addMs(fromMs, leftMs);
    if (consumedMs < warnMs) {
      const warning = workingTime.addMs(fromMs, warnMs - consumedMs);
      if (warning !== null && (toMs === null || warning <= toMs)) atRiskAtMs = warning;
    }
    if (deadlineMs !== null && passes(deadlineMs, toMs, path[index + 1]?.standing, nowMs))
      breachedAtMs = deadlineMs;
    consumedMs += toMs === null ? 0 : Math.min(leftMs, workingTime.betweenMs(fromMs, toMs));
  }
  const openFromMs = last === 'running' ? path.at(-1)?.fromMs : undefined;
  const runningMs = openFromMs === undefined ? 0 : Math.max(0, workingTime.betweenMs(openFromMs, nowMs));
  return {
    status: breachedAtMs !== null ? 'breached' : last,
    remainingMs: breachedAtMs !== null ? 0 : Math.max(0, targetMs - consumedMs - runningMs),
    deadlineMs,
    atRiskAtMs: breachedAtMs === null && last !== 'running' ? null : atRiskAtMs,
    reachedAtMs,
    breachedAtMs,
  };
}

/** Whether a deadline passed inside a running period, or right at its end without the target being reached. */
function passes(deadlineMs: number, toMs: number | null, next: Standing | undefined, nowMs: number): boolean {
  if (toMs === null) return deadlineMs <= nowMs;
  return deadlineMs < toMs || (deadlineMs === toMs && next !== 'reached' && next !== 'cancelled');
}

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
  /** Set while running, and kept once reached or breached; null while paused, or where the calendar holds none. */
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

/** One period of a ticket from a clock's start on, with its standing. */
export interface Stretch {
  readonly standing: Standing;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly period: StagePeriod;
}

/**
 * The periods of a ticket from a clock's start on, each with its standing. What was reached is left only by the order
 * of its own team: a ticket that goes to another team with a target behind it stays beyond it there (spec.md §7).
 * @param reached Whether the target stands reached before the first of the periods.
 */
export function standings(
  rule: ClockRule,
  stages: ReadonlyMap<string, StageFacts>,
  periods: readonly StagePeriod[],
  startedAtMs: number,
  reached = false,
): Stretch[] {
  const path: Stretch[] = [];
  let isReached = reached;
  for (const period of periods) {
    if (period.leftAtMs !== null && period.leftAtMs <= startedAtMs) continue;
    const stage = stages.get(period.stageId);
    const standing = stage === undefined ? 'paused' : standingAfter(isReached, stage, rule);
    isReached = standing === 'reached' || (isReached && !reopens(standing, rule));
    path.push({
      standing,
      fromMs: Math.max(period.enteredAtMs, startedAtMs),
      toMs: period.leftAtMs,
      period,
    });
  }
  return path;
}

function standingAfter(isReached: boolean, stage: StageFacts, rule: ClockRule): Standing {
  return isReached && stage.teamId !== rule.teamId ? 'reached' : standingIn(stage, rule);
}

/** From a reached stage into a cancelling one is no reopening, and only what runs starts over. */
function reopens(standing: Standing, rule: ClockRule): boolean {
  return standing === 'running' || (standing === 'paused' && rule.onReopen === 'resume');
}

/** What the periods so far have made of a clock: all that its later ones have to know of them. */
export interface ClockProgress {
  /** Working time used up, at most the target. */
  readonly consumedMs: number;
  readonly deadlineMs: number | null;
  readonly atRiskAtMs: number | null;
  readonly reachedAtMs: number | null;
  readonly breachedAtMs: number | null;
  readonly standing: Standing;
  /** Under `restart` what comes after the target is the next cycle's, which begins here. */
  readonly restartAtMs: number | null;
}

/** Before the first period. */
export const beginning: ClockProgress = {
  consumedMs: 0,
  deadlineMs: null,
  atRiskAtMs: null,
  reachedAtMs: null,
  breachedAtMs: null,
  standing: 'running',
  restartAtMs: null,
};

export interface FollowedClock {
  readonly reading: ClockReading;
  readonly restartAtMs: number | null;
  /**
   * After all periods but the last two: what of a period is final is known once the next one has ended. `null` while
   * there are not more.
   */
  readonly settled: ClockProgress | null;
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
  return followClock({ rule, stages, periods, startedAtMs, workingTime, nowMs }).reading;
}

/**
 * The same, from where an earlier reading had settled: `periods` are then those after it. Reading on gives what
 * reading everything gives, as long as rule, stages and calendar are those of the earlier reading.
 */
export function followClock(facts: {
  readonly rule: ClockRule;
  readonly stages: ReadonlyMap<string, StageFacts>;
  readonly periods: readonly StagePeriod[];
  readonly startedAtMs: number;
  readonly workingTime: WorkingTime;
  readonly nowMs: number;
  readonly settled?: ClockProgress | null;
}): FollowedClock {
  const { rule, stages, periods, startedAtMs, workingTime, nowMs } = facts;
  let progress = facts.settled ?? beginning;
  const isReached = progress.reachedAtMs !== null && progress.restartAtMs === null;
  const path = standings(rule, stages, periods, startedAtMs, isReached);
  let settled: ClockProgress | null = null;
  for (const [index, step] of path.entries()) {
    progress = goOn(progress, step, path[index + 1]?.standing, { rule, workingTime, nowMs });
    if (index === path.length - 3) settled = progress;
  }
  const { standing, consumedMs, deadlineMs, reachedAtMs, breachedAtMs, restartAtMs } = progress;
  const openFromMs = standing === 'running' ? path.at(-1)?.fromMs : undefined;
  const runningMs = openFromMs === undefined ? 0 : Math.max(0, workingTime.betweenMs(openFromMs, nowMs));
  const reading: ClockReading = {
    status: breachedAtMs !== null ? 'breached' : standing,
    remainingMs: breachedAtMs !== null ? 0 : Math.max(0, rule.targetMs - consumedMs - runningMs),
    deadlineMs,
    atRiskAtMs: breachedAtMs === null && standing !== 'running' ? null : progress.atRiskAtMs,
    reachedAtMs,
    breachedAtMs,
  };
  return { reading, restartAtMs, settled };
}

/** One period further. */
function goOn(
  before: ClockProgress,
  { standing, fromMs, toMs }: Stretch,
  next: Standing | undefined,
  by: { readonly rule: ClockRule; readonly workingTime: WorkingTime; readonly nowMs: number },
): ClockProgress {
  const { rule, workingTime, nowMs } = by;
  const { targetMs } = rule;
  if (before.standing === 'reached' && rule.onReopen === 'restart') {
    const restarts = before.restartAtMs === null && standing === 'running';
    return restarts ? { ...before, restartAtMs: fromMs } : before;
  }
  if (standing === 'cancelled' && before.reachedAtMs !== null) return before;
  if (standing === 'reached') {
    return {
      ...before,
      standing,
      reachedAtMs: before.reachedAtMs ?? fromMs,
      deadlineMs: before.deadlineMs ?? instantAfter(workingTime, fromMs, targetMs - before.consumedMs),
    };
  }
  const left = { ...before, standing, reachedAtMs: null };
  if (before.breachedAtMs !== null) return left;
  if (standing !== 'running') return { ...left, deadlineMs: null };
  const leftMs = targetMs - before.consumedMs;
  const warnMs = Math.floor((targetMs * rule.warnAtPercent) / 100);
  const deadlineMs = instantAfter(workingTime, fromMs, leftMs);
  const warning =
    before.consumedMs < warnMs ? instantAfter(workingTime, fromMs, warnMs - before.consumedMs) : null;
  const breached = deadlineMs !== null && passes(deadlineMs, toMs, next, nowMs);
  return {
    ...left,
    deadlineMs,
    atRiskAtMs: warning !== null && (toMs === null || warning <= toMs) ? warning : before.atRiskAtMs,
    breachedAtMs: breached ? deadlineMs : null,
    consumedMs:
      before.consumedMs + (toMs === null ? 0 : Math.min(leftMs, workingTime.betweenMs(fromMs, toMs))),
  };
}

/** What lies later cannot be written with four digits of a year, and nobody waits for it. */
const lastInstantMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function instantAfter(workingTime: WorkingTime, fromMs: number, durationMs: number): number | null {
  const instantMs = workingTime.addMs(fromMs, durationMs);
  return instantMs !== null && instantMs <= lastInstantMs ? instantMs : null;
}

/** Whether a deadline passed inside a running period, or right at its end without the target being reached. */
function passes(deadlineMs: number, toMs: number | null, next: Standing | undefined, nowMs: number): boolean {
  if (toMs === null) return deadlineMs <= nowMs;
  return deadlineMs < toMs || (deadlineMs === toMs && next !== 'reached' && next !== 'cancelled');
}

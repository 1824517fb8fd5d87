import {
  beginning,
  type ClockProgress,
  type ClockRule,
  type FollowedClock,
  followClock,
  type StageFacts,
} from '../../domain/sla/clock';
import type { ClockFacts } from './plan-clocks';
import type { StoredClock } from './ticket-clocks';

/**
 * How far a clock's stage periods are settled, kept with the clock, so that a ticket with any number of periods
 * is read on from there. Good only on the basis it was computed on.
 */
export interface StoredProgress {
  /** Of the last settled stage period. */
  readonly sequence: number;
  /** Stages of the settled periods and of the one after them: what the basis holds of stages. */
  readonly stageIds: readonly string[];
  /** Everything but the periods that the progress follows from, as one text. */
  readonly basis: string;
  readonly state: ClockProgress;
}

/** Raised with every change of what periods make of a clock: what was settled by older code is read anew. */
const readingVersion = 2;

/** Periods that are not settled yet and still not worth a write. */
const unsettledPeriods = 32;

type CalendarFacts = Pick<ClockFacts, 'team' | 'adoptCalendar'>;

/** The calendar version a clock is read with. */
export function calendarOf(facts: CalendarFacts, clock: StoredClock) {
  const finished = clock.status === 'reached' || clock.status === 'breached';
  const { calendarId, calendarVersion } = facts.adoptCalendar && !finished ? facts.team : clock;
  return { calendarId, calendarVersion };
}

/** What is stored of a clock's progress, as long as it was computed on today's rule, stages and calendar. */
export function progressOf(facts: CalendarFacts, clock: StoredClock): StoredProgress | null {
  const { progress, rule, progressStages: stages } = clock;
  if (progress === null) return null;
  return progress.basis === basisOf({ rule, stages, ...calendarOf(facts, clock) }) ? progress : null;
}

/** Follows a stored clock on from its progress; `progress` is what to store in its place, `null` while it serves. */
export function followStored(
  facts: ClockFacts,
  clock: StoredClock,
): { readonly followed: FollowedClock; readonly progress: StoredProgress | null } {
  const stored = progressOf(facts, clock);
  const calendar = calendarOf(facts, clock);
  const periods = facts.periods.filter(({ sequence }) => sequence > (stored?.sequence ?? 0));
  const followed = followClock({
    rule: clock.rule,
    stages: facts.stages,
    periods,
    startedAtMs: clock.startedAtMs,
    workingTime: facts.workingTimeOf(calendar.calendarId, calendar.calendarVersion),
    nowMs: facts.nowMs,
    settled: stored?.state ?? null,
  });
  const last = periods.at(-3);
  if (followed.settled === null || last === undefined || periods.length <= unsettledPeriods) {
    return { followed, progress: null };
  }
  // The one after the settled ones too: whether a deadline at the very end of a period was met depends on it.
  const passed = periods.slice(0, -1).map(({ stageId }) => stageId);
  const stageIds = [...new Set([...(stored?.stageIds ?? []), ...passed])];
  const known = new Map([
    ...clock.progressStages.map((stage) => [stage.id, stage] as const),
    ...facts.stages,
  ]);
  const stages = stageIds.flatMap((id) => known.get(id) ?? []);
  const basis = basisOf({ rule: clock.rule, stages, ...calendar });
  return { followed, progress: { sequence: last.sequence, stageIds, basis, state: followed.settled } };
}

/** Of a clock that starts now: what came before its start has no part in it. */
export function progressBefore(
  facts: ClockFacts,
  rule: ClockRule,
  startedAtMs: number,
): StoredProgress | null {
  const first = facts.periods.find(({ leftAtMs }) => leftAtMs === null || leftAtMs > startedAtMs);
  if (first === undefined || first.sequence === 1) return null;
  const { calendarId, calendarVersion } = facts.team;
  const basis = basisOf({ rule, stages: [], calendarId, calendarVersion });
  return { sequence: first.sequence - 1, stageIds: [], basis, state: beginning };
}

function basisOf(facts: {
  readonly rule: ClockRule;
  readonly stages: readonly StageFacts[];
  readonly calendarId: string;
  readonly calendarVersion: number;
}): string {
  const { rule, calendarId, calendarVersion } = facts;
  const stages = facts.stages
    .map(({ id, teamId, position, category, cancels }) => [id, teamId, position, category, cancels] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify({
    reading: readingVersion,
    rule: [
      rule.teamId,
      rule.targetMs,
      rule.warnAtPercent,
      rule.targetPosition,
      rule.pausedStageIds,
      rule.pauseInPausedStages,
      rule.onReopen,
    ],
    stages,
    calendar: [calendarId, calendarVersion, process.versions.tz ?? 'unknown'],
  });
}

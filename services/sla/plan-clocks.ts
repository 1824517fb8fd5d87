import {
  type ClockReading,
  readClock,
  type StageFacts,
  type StagePeriod,
  standingIn,
} from '../../domain/sla/clock';
import { type ClockSummary, summariseClocks, type TicketSla } from '../../domain/sla/ticket-state';
import type { WorkingTime } from '../../domain/working-time';
import { newId } from '../ids';
import { matchesPriority, type PolicyRule, type TeamRules } from './team-rules';
import type { StoredClock } from './ticket-clocks';

/** Why clocks are computed anew; stands in each clock's list of changes (spec.md §7). */
export type ClockCause =
  | 'ticket_created'
  | 'stage_changed'
  | 'priority_changed'
  | 'team_changed'
  | 'due'
  | 'calendar_changed'
  | 'team_settings_changed'
  | 'archived'
  | 'recalculated';

/** A clock as it must stand now. `before` is missing for one that starts. */
export interface PlannedClock {
  readonly id: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly cycle: number;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly startedAtMs: number;
  readonly targetMinutes: number;
  readonly reading: ClockReading;
  readonly atRiskObservedAtMs: number | null;
  readonly observedAtMs: number | null;
  readonly exceededMinutes: number | null;
  readonly before: StoredClock | null;
}

export interface ClockPlan {
  readonly clocks: readonly PlannedClock[];
  readonly sla: TicketSla;
}

/** Everything the plan follows from; `calendars` holds the working time of each calendar version that is named. */
export interface ClockFacts {
  readonly team: TeamRules;
  readonly priority: number;
  readonly createdAtMs: number;
  readonly periods: readonly StagePeriod[];
  readonly clocks: readonly StoredClock[];
  readonly nowMs: number;
  /** Unfinished clocks move to the calendar version the team has today. */
  readonly adoptCalendar: boolean;
  readonly workingTimeOf: (calendarId: string, version: number) => WorkingTime;
}

/**
 * What a ticket's clocks must be, computed from facts alone: running ones that no longer match are cancelled,
 * reached and breached ones stay, newly matching policies start from the ticket's creation (spec.md §7).
 */
export function planClocks(facts: ClockFacts): ClockPlan {
  const stages = new Map<string, StageFacts>(facts.team.stages.map((stage) => [stage.id, stage]));
  const planned = facts.clocks.map((clock) => planExisting(facts, stages, clock));
  const known = new Set(facts.clocks.map((clock) => clock.policyId));
  for (const policy of facts.team.policies) {
    if (!facts.team.slaEnabled || !matchesPriority(policy, facts.priority)) continue;
    if (!known.has(policy.policyId)) planned.push(planNew(facts, stages, policy, 1, facts.createdAtMs));
    const restart = restartOf(facts, stages, policy);
    if (restart !== undefined)
      planned.push(planNew(facts, stages, policy, restart.cycle, restart.startedAtMs));
  }
  return { clocks: planned, sla: summariseClocks(planned.map(toSummary)) };
}

function planExisting(
  facts: ClockFacts,
  stages: ReadonlyMap<string, StageFacts>,
  clock: StoredClock,
): PlannedClock {
  const finished = clock.status === 'reached' || clock.status === 'breached';
  const adopts = facts.adoptCalendar && !finished;
  const calendarId = adopts ? facts.team.calendarId : clock.calendarId;
  const calendarVersion = adopts ? facts.team.calendarVersion : clock.calendarVersion;
  const workingTime = facts.workingTimeOf(calendarId, calendarVersion);
  const computed = readClock(clock.rule, stages, facts.periods, clock.startedAtMs, workingTime, facts.nowMs);
  const reading = keepFinal(facts, clock, computed);
  return {
    ...identityOf(clock),
    calendarId,
    calendarVersion,
    targetMinutes: clock.rule.targetMinutes,
    before: clock,
    ...observe(facts, workingTime, reading, clock),
  };
}

function identityOf(clock: StoredClock) {
  const { id, policyId, policyVersion, cycle, startedAtMs } = clock;
  return { id, policyId, policyVersion, cycle, startedAtMs };
}

/** A breach stays a breach and a reached target stays reached, whatever is changed later; the rest must still match. */
function keepFinal(facts: ClockFacts, clock: StoredClock, computed: ClockReading): ClockReading {
  if (clock.status === 'breached') {
    return {
      ...computed,
      status: 'breached',
      breachedAtMs: clock.breachedAtMs,
      deadlineMs: clock.deadlineMs,
      remainingMs: 0,
    };
  }
  const matches =
    facts.team.slaEnabled &&
    clock.policyTeamId === facts.team.teamId &&
    matchesPriority(clock, facts.priority);
  if (clock.status === 'reached' && (!matches || computed.status === 'breached')) {
    return {
      status: 'reached',
      remainingMs: computed.remainingMs,
      deadlineMs: clock.deadlineMs,
      atRiskAtMs: null,
      reachedAtMs: clock.reachedAtMs,
      breachedAtMs: null,
    };
  }
  // A deadline that passed while the clock still ran is a breach, even when the same change ends the clock.
  if (matches || (computed.status === 'breached' && clock.status !== 'cancelled')) return computed;
  return { ...computed, status: 'cancelled', deadlineMs: null, atRiskAtMs: null, reachedAtMs: null };
}

function planNew(
  facts: ClockFacts,
  stages: ReadonlyMap<string, StageFacts>,
  policy: PolicyRule,
  cycle: number,
  startedAtMs: number,
): PlannedClock {
  const { calendarId, calendarVersion } = facts.team;
  const workingTime = facts.workingTimeOf(calendarId, calendarVersion);
  const reading = readClock(policy.rule, stages, facts.periods, startedAtMs, workingTime, facts.nowMs);
  return {
    id: newId('slaClock'),
    policyId: policy.policyId,
    policyVersion: policy.policyVersion,
    cycle,
    calendarId,
    calendarVersion,
    startedAtMs,
    targetMinutes: policy.rule.targetMinutes,
    before: null,
    ...observe(facts, workingTime, reading, null),
  };
}

/** Reopened under `restart`: the next cycle begins where the ticket left its target again. */
function restartOf(
  facts: ClockFacts,
  stages: ReadonlyMap<string, StageFacts>,
  policy: PolicyRule,
): { readonly cycle: number; readonly startedAtMs: number } | undefined {
  const newest = facts.clocks
    .filter((clock) => clock.policyId === policy.policyId)
    .reduce<StoredClock | undefined>(
      (found, clock) => (found === undefined || clock.cycle > found.cycle ? clock : found),
      undefined,
    );
  if (newest === undefined || newest.rule.onReopen !== 'restart' || newest.reachedAtMs === null)
    return undefined;
  const reachedAtMs = newest.reachedAtMs;
  const back = facts.periods.find((period) => {
    const stage = stages.get(period.stageId);
    return (
      period.enteredAtMs > reachedAtMs && stage !== undefined && standingIn(stage, newest.rule) === 'running'
    );
  });
  return back === undefined ? undefined : { cycle: newest.cycle + 1, startedAtMs: back.enteredAtMs };
}

/** Notes when a warning or a breach was first seen; the instant it was due never changes with that (spec.md §7). */
function observe(
  facts: ClockFacts,
  workingTime: WorkingTime,
  reading: ClockReading,
  before: StoredClock | null,
) {
  const warned =
    before?.atRiskObservedAtMs ??
    (reading.atRiskAtMs !== null && reading.atRiskAtMs <= facts.nowMs && reading.status !== 'cancelled'
      ? facts.nowMs
      : null);
  const exceededMs =
    reading.breachedAtMs !== null && reading.reachedAtMs !== null
      ? workingTime.betweenMs(reading.breachedAtMs, reading.reachedAtMs)
      : null;
  return {
    reading,
    atRiskObservedAtMs: warned,
    observedAtMs: reading.breachedAtMs === null ? null : (before?.observedAtMs ?? facts.nowMs),
    exceededMinutes: exceededMs === null ? null : Math.max(0, Math.floor(exceededMs / 60_000)),
  };
}

function toSummary(clock: PlannedClock): ClockSummary {
  return {
    status: clock.reading.status,
    deadlineMs: clock.reading.deadlineMs,
    atRiskAtMs: clock.reading.atRiskAtMs,
    atRiskObserved: clock.atRiskObservedAtMs !== null,
  };
}

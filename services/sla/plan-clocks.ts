import {
  type ClockReading,
  readClock,
  type StageFacts,
  type StagePeriod,
  type Standing,
  standingIn,
} from '../../domain/sla/clock';
import { type ClockSummary, summariseClocks, type TicketSla } from '../../domain/sla/ticket-state';
import type { WorkingTime } from '../../domain/working-time';
import { newId } from '../ids';
import { matchesPriority, type PolicyRule, type TeamRules } from './team-rules';
import type { StoredClock } from './ticket-clocks';

/** Why clocks are computed anew; stands in each clock's list of changes (spec.md §7). */
export const clockCauses = [
  'ticket_created',
  'stage_changed',
  'priority_changed',
  'team_changed',
  'due',
  'calendar_changed',
  'team_settings_changed',
  'archived',
  'recalculated',
] as const;
export type ClockCause = (typeof clockCauses)[number];

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
  /** Of the periods; where a ticket stood in a former team, that team's. */
  readonly stages: ReadonlyMap<string, StageFacts>;
  readonly clocks: readonly StoredClock[];
  readonly nowMs: number;
  /** Policies that match and have no clock start one; else only clocks that start over do. */
  readonly rematch: boolean;
  /** Unfinished clocks move to the calendar version the team has today. */
  readonly adoptCalendar: boolean;
  readonly workingTimeOf: (calendarId: string, version: number) => WorkingTime;
}

/**
 * What a ticket's clocks must be, computed from facts alone: running ones that no longer match are cancelled,
 * reached and breached ones stay, newly matching policies start from the ticket's creation (spec.md §7).
 */
export function planClocks(facts: ClockFacts): ClockPlan {
  const planned = facts.clocks.map((clock) => planExisting(facts, clock));
  const known = new Set(facts.clocks.map((clock) => clock.policyId));
  for (const policy of facts.team.policies) {
    if (!facts.team.slaEnabled || !matchesPriority(policy, facts.priority)) continue;
    if (facts.rematch && !known.has(policy.policyId))
      planned.push(planNew(facts, policy, 1, facts.createdAtMs));
    const restart = restartOf(facts, policy);
    if (restart !== undefined) planned.push(planNew(facts, policy, restart.cycle, restart.startedAtMs));
  }
  return { clocks: planned, sla: summariseClocks(planned.map(toSummary)) };
}

function planExisting(facts: ClockFacts, clock: StoredClock): PlannedClock {
  const finished = clock.status === 'reached' || clock.status === 'breached';
  const adopts = facts.adoptCalendar && !finished;
  const calendarId = adopts ? facts.team.calendarId : clock.calendarId;
  const calendarVersion = adopts ? facts.team.calendarVersion : clock.calendarVersion;
  const workingTime = facts.workingTimeOf(calendarId, calendarVersion);
  const computed = readClock(
    clock.rule,
    facts.stages,
    facts.periods,
    clock.startedAtMs,
    workingTime,
    facts.nowMs,
  );
  const reading = keepFinal(facts, clock, computed);
  return {
    ...identityOf(clock),
    calendarId,
    calendarVersion,
    targetMinutes: clock.targetMinutes,
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

function planNew(facts: ClockFacts, policy: PolicyRule, cycle: number, startedAtMs: number): PlannedClock {
  const { calendarId, calendarVersion } = facts.team;
  const workingTime = facts.workingTimeOf(calendarId, calendarVersion);
  const reading = readClock(policy.rule, facts.stages, facts.periods, startedAtMs, workingTime, facts.nowMs);
  return {
    id: newId('slaClock'),
    policyId: policy.policyId,
    policyVersion: policy.policyVersion,
    cycle,
    calendarId,
    calendarVersion,
    startedAtMs,
    targetMinutes: policy.targetMinutes,
    before: null,
    ...observe(facts, workingTime, reading, null),
  };
}

/** Reopened under `restart`: the next cycle begins where the ticket left its target again. */
function restartOf(
  facts: ClockFacts,
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
  // By order, not by instant: a ticket may be solved and taken up again within one millisecond.
  const standingOf = (period: StagePeriod | undefined): Standing | undefined => {
    const stage = period === undefined ? undefined : facts.stages.get(period.stageId);
    return stage === undefined ? undefined : standingIn(stage, newest.rule);
  };
  const { reachedAtMs } = newest;
  const reached = facts.periods.findIndex(
    (period) => period.enteredAtMs >= reachedAtMs && standingOf(period) === 'reached',
  );
  if (reached === -1) return undefined;
  const back = facts.periods.slice(reached + 1).find((period) => standingOf(period) === 'running');
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

import { type ClockReading, followClock, type StageFacts } from '../../domain/sla/clock';
import { type ClockSummary, summariseClocks, type TicketSla } from '../../domain/sla/ticket-state';
import type { WorkingTime } from '../../domain/working-time';
import { newId } from '../ids';
import { calendarOf, followStored, progressBefore, progressOf, type StoredProgress } from './clock-progress';
import { matchesPriority, type PolicyRule, type TeamRules } from './team-rules';
import type { RecordedPeriod, StoredClock } from './ticket-clocks';

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
  /** Where a later reading may go on from; `null` when what is stored still serves. */
  readonly progress: StoredProgress | null;
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
  /** All, or those after what every clock has settled: `firstNeeded` says which. */
  readonly periods: readonly RecordedPeriod[];
  /** Of the periods; where a ticket stood in a former team, that team's. */
  readonly stages: ReadonlyMap<string, StageFacts>;
  readonly clocks: readonly StoredClock[];
  readonly nowMs: number;
  /** Policies that match and have no clock start one; else only clocks that start over do. */
  readonly rematch: boolean;
  /** Unfinished clocks move to the calendar version the team has today. */
  readonly adoptCalendar: boolean;
  /** The ticket was moved: only that takes it back from what it reached, never a new order of the stages. */
  readonly moved: boolean;
  readonly workingTimeOf: (calendarId: string, version: number) => WorkingTime;
}

/**
 * What a ticket's clocks must be, computed from facts alone: running ones that no longer match are cancelled,
 * reached and breached ones stay, newly matching policies start from the ticket's creation (spec.md §7).
 */
export function planClocks(facts: ClockFacts): ClockPlan {
  const followed = facts.clocks.map((clock) => ({ clock, ...followStored(facts, clock) }));
  const planned = followed.map(({ clock, followed: found, progress }) =>
    planExisting(facts, clock, found.reading, progress),
  );
  const known = new Set(facts.clocks.map((clock) => clock.policyId));
  for (const policy of matchingPolicies(facts)) {
    if (facts.rematch && !known.has(policy.policyId))
      planned.push(planNew(facts, policy, 1, facts.createdAtMs));
    const newest = newestOf(facts.clocks, policy);
    const startedAtMs = followed.find(({ clock }) => clock === newest)?.followed.restartAtMs ?? null;
    // Reached as it is stored: a target that is reached by this very change is not left again by it.
    if (newest === undefined || newest.reachedAtMs === null || startedAtMs === null) continue;
    planned.push(planNew(facts, policy, newest.cycle + 1, startedAtMs));
  }
  return { clocks: planned, sla: summariseClocks(planned.map(toSummary)) };
}

/**
 * The sequence number after which a plan needs the ticket's stage periods; 0 when it needs all of them, as for a
 * clock that starts at the ticket's creation.
 */
export function settledThrough(
  facts: Pick<ClockFacts, 'team' | 'priority' | 'clocks' | 'rematch' | 'adoptCalendar'>,
): number {
  const startsOne = matchingPolicies(facts).some((policy) => {
    const newest = newestOf(facts.clocks, policy);
    return newest === undefined ? facts.rematch : (newest.progress?.state.restartAtMs ?? null) !== null;
  });
  if (startsOne) return 0;
  return Math.min(largestSequence, ...facts.clocks.map((clock) => progressOf(facts, clock)?.sequence ?? 0));
}

/** Of a PostgreSQL integer: no period comes after it, and only the one the ticket stands in is read. */
const largestSequence = 2 ** 31 - 1;

function matchingPolicies(facts: Pick<ClockFacts, 'team' | 'priority'>): readonly PolicyRule[] {
  if (!facts.team.slaEnabled) return [];
  return facts.team.policies.filter((policy) => matchesPriority(policy, facts.priority));
}

function newestOf(clocks: readonly StoredClock[], policy: PolicyRule): StoredClock | undefined {
  return clocks
    .filter((clock) => clock.policyId === policy.policyId)
    .reduce<StoredClock | undefined>(
      (found, clock) => (found === undefined || clock.cycle > found.cycle ? clock : found),
      undefined,
    );
}

function planExisting(
  facts: ClockFacts,
  clock: StoredClock,
  computed: ClockReading,
  progress: StoredProgress | null,
): PlannedClock {
  const { calendarId, calendarVersion } = calendarOf(facts, clock);
  return {
    ...identityOf(clock),
    calendarId,
    calendarVersion,
    targetMinutes: clock.targetMinutes,
    before: clock,
    progress,
    ...observe(
      facts,
      facts.workingTimeOf(calendarId, calendarVersion),
      keepFinal(facts, clock, computed),
      clock,
    ),
  };
}

function identityOf(clock: StoredClock) {
  const { id, policyId, policyVersion, cycle, startedAtMs } = clock;
  return { id, policyId, policyVersion, cycle, startedAtMs };
}

/** A breach stays a breach and a reached target stays reached, whatever is changed later; the rest must still match. */
function keepFinal(facts: ClockFacts, clock: StoredClock, computed: ClockReading): ClockReading {
  const matches =
    facts.team.slaEnabled &&
    clock.policyTeamId === facts.team.teamId &&
    matchesPriority(clock, facts.priority);
  const canBeLeft = facts.moved && matches;
  if (clock.status === 'breached') {
    return {
      ...computed,
      status: 'breached',
      breachedAtMs: clock.breachedAtMs,
      deadlineMs: clock.deadlineMs,
      remainingMs: 0,
      reachedAtMs: canBeLeft ? computed.reachedAtMs : (clock.reachedAtMs ?? computed.reachedAtMs),
    };
  }
  if (clock.status === 'reached' && (!canBeLeft || computed.status === 'breached')) {
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
  const { rule } = policy;
  const { stages, periods, nowMs } = facts;
  const { reading } = followClock({ rule, stages, periods, startedAtMs, workingTime, nowMs });
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
    progress: progressBefore(facts, rule, startedAtMs),
    ...observe(facts, workingTime, reading, null),
  };
}

/** Notes when a warning or a breach was first seen; the instant it was due never changes with that (spec.md §7). */
function observe(
  facts: ClockFacts,
  workingTime: WorkingTime,
  reading: ClockReading,
  before: StoredClock | null,
) {
  const { atRiskAtMs } = reading;
  const seen = before?.atRiskObservedAtMs ?? null;
  // A warning that is due only after it was seen is another one: the deadline has moved away since.
  const stillSeen = seen !== null && (atRiskAtMs === null || atRiskAtMs <= seen) ? seen : null;
  const isDue = atRiskAtMs !== null && atRiskAtMs <= facts.nowMs && reading.status !== 'cancelled';
  const exceededMs =
    reading.breachedAtMs !== null && reading.reachedAtMs !== null
      ? workingTime.betweenMs(reading.breachedAtMs, reading.reachedAtMs)
      : null;
  return {
    reading,
    atRiskObservedAtMs: stillSeen ?? (isDue ? facts.nowMs : null),
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

import type { ClockStatus } from '../../domain/sla/clock';
import type { WorkingTime } from '../../domain/working-time';
import { loadWorkingTime } from '../calendars/working-time';
import type { Context } from '../context';
import type { Queryable } from '../listing';
import type { EventDraft, StatementWork } from '../transaction';
import { isChanged, recordsOf, writeClockChangesSql, writeClocksSql } from './clock-records';
import {
  type ClockCause,
  type ClockPlan,
  type PlannedClock,
  planClocks,
  settledThrough,
} from './plan-clocks';
import { loadTeamRules, type TeamRules } from './team-rules';
import { loadClocks, loadStageHistory } from './ticket-clocks';

/** The locked ticket whose clocks are brought to what the facts say. */
export interface ClockedTicket {
  readonly id: string;
  readonly teamId: string;
  readonly priority: number;
  readonly createdAt: Date;
  readonly archivedAt: Date | null;
}

/**
 * Computes the ticket's clocks anew inside the caller's transaction, which holds the ticket's lock, and writes
 * what changed: clocks, the reasons of their moves, events, and the ticket's own SLA members. Called twice with
 * the same facts the second call writes nothing: a breach is recorded once (spec.md §7).
 */
export async function settleClocks(
  context: Context,
  work: StatementWork,
  ticket: ClockedTicket,
  options: { readonly cause: ClockCause; readonly reason?: string | undefined },
): Promise<ClockPlan> {
  const loaded = await loadTeamRules(work.sql, context.companyId, ticket.teamId);
  // An archived ticket owes nobody anything: no policy applies to it.
  const team = ticket.archivedAt === null ? loaded : { ...loaded, slaEnabled: false };
  const clocks = await loadClocks(work.sql, context.companyId, ticket.id);
  const { priority } = ticket;
  const late = clocks.some((clock) => isOutdated(clock.status, clock, team));
  const limits = { ...reach[options.cause], ...(late ? { adoptCalendar: true } : {}) };
  const settled = settledThrough({ team, priority, clocks, ...limits });
  const history = await loadStageHistory(work.sql, context.companyId, ticket.id, settled);
  const { periods } = history;
  const nowMs = Math.max(context.now().getTime(), periods.at(-1)?.enteredAtMs ?? 0);
  const workingTimeOf = await loadCalendars(work.sql, context.companyId, team, clocks);
  const plan = planClocks({
    team,
    priority,
    createdAtMs: ticket.createdAt.getTime(),
    ...history,
    clocks,
    nowMs,
    ...limits,
    workingTimeOf,
  });
  const cause = late && options.cause === 'due' ? 'calendar_changed' : options.cause;
  await writePlan(context, work, ticket.id, plan, { ...options, cause, nowMs });
  if (plan.clocks.some((clock) => isOutdated(clock.reading.status, clock, team))) {
    work.job({ ticketId: ticket.id, kind: 'clocks_changed', reference: { cause: 'calendar_changed' } });
  }
  return plan;
}

/**
 * Whether a clock runs by hours that are no longer the team's. Who changes a calendar tells the tickets whose clocks are
 * live; the hours that are in force count even where the word has not come yet, so that nothing is missed by hours
 * that were corrected before. A clock that a reopened ticket takes up again is told like those.
 */
function isOutdated(
  status: ClockStatus,
  { calendarId, calendarVersion }: Pick<PlannedClock, 'calendarId' | 'calendarVersion'>,
  team: TeamRules,
): boolean {
  const isLive = status === 'running' || status === 'paused';
  return isLive && (calendarId !== team.calendarId || calendarVersion !== team.calendarVersion);
}

interface Reach {
  readonly rematch: boolean;
  readonly adoptCalendar: boolean;
  readonly moved: boolean;
}

const facts: Reach = { rematch: false, adoptCalendar: false, moved: false };

/**
 * What a cause may change beyond the facts themselves: whether policies are matched anew, which only a change of the
 * ticket or an operator's word does, whether unfinished clocks move to the calendar the team has today, and whether
 * what was reached can be left again.
 */
const reach: Readonly<Record<ClockCause, Reach>> = {
  ticket_created: { ...facts, rematch: true },
  stage_changed: { ...facts, moved: true },
  due: facts,
  archived: facts,
  priority_changed: { ...facts, rematch: true },
  calendar_changed: { ...facts, adoptCalendar: true },
  team_changed: { rematch: true, adoptCalendar: true, moved: true },
  team_settings_changed: { ...facts, adoptCalendar: true },
  recalculated: { ...facts, rematch: true, adoptCalendar: true },
};

/** The working time of every calendar version that a ticket's clocks name, read before anything is computed. */
export async function loadCalendars(
  queryable: Queryable,
  companyId: string,
  team: Pick<TeamRules, 'calendarId' | 'calendarVersion'>,
  clocks: readonly { readonly calendarId: string; readonly calendarVersion: number }[],
): Promise<(calendarId: string, version: number) => WorkingTime> {
  const named = new Map(
    [team, ...clocks].map((each) => [`${each.calendarId}/${each.calendarVersion}`, each]),
  );
  const loaded = new Map<string, WorkingTime>();
  for (const [key, { calendarId, calendarVersion }] of named) {
    loaded.set(key, await loadWorkingTime(queryable, companyId, calendarId, calendarVersion));
  }
  return (calendarId, version) => {
    const workingTime = loaded.get(`${calendarId}/${version}`);
    if (workingTime === undefined)
      throw new RangeError(`calendar ${calendarId} version ${version} was not loaded`);
    return workingTime;
  };
}

/** Clocks, the reasons of their moves and the ticket's own SLA members; what stands already is not written again. */
const writePlanText = `WITH clocks AS (${writeClocksSql('$1', '$3::jsonb')}),
  changes AS (${writeClockChangesSql('$1', '$4::jsonb')})
  UPDATE ticket SET sla_state = $5, next_deadline = $6::timestamptz, next_wake_at = $7::timestamptz,
    version = version + 1, updated_at = greatest(updated_at, $8::timestamptz)
  WHERE company_id = $1 AND id = $2
    AND (sla_state, next_deadline, next_wake_at) IS DISTINCT FROM ($5, $6::timestamptz, $7::timestamptz)`;

const writeProgressText = `UPDATE sla_clock k SET progress = r.progress
  FROM jsonb_to_recordset($2::jsonb) AS r(id text, progress jsonb)
  WHERE k.company_id = $1 AND k.id = r.id`;

async function writePlan(
  context: Context,
  work: StatementWork,
  ticketId: string,
  plan: ClockPlan,
  options: { readonly cause: ClockCause; readonly reason?: string | undefined; readonly nowMs: number },
): Promise<void> {
  const records = recordsOf(plan, { ticketId, actor: context.actor, ...options });
  for (const clock of plan.clocks.filter(isChanged)) {
    for (const event of eventsOf(ticketId, clock)) work.event(event);
  }
  const { slaState, nextDeadlineMs, nextWakeAtMs } = plan.sla;
  await work.sql.query(writePlanText, [
    context.companyId,
    ticketId,
    JSON.stringify(records.clocks),
    JSON.stringify(records.changes),
    slaState,
    toInstant(nextDeadlineMs),
    toInstant(nextWakeAtMs),
    context.now().toISOString(),
  ]);
  const settled = plan.clocks.filter(({ progress }) => progress !== null);
  if (settled.length === 0) return;
  const progress = settled.map((clock) => ({ id: clock.id, progress: clock.progress }));
  await work.sql.query(writeProgressText, [context.companyId, JSON.stringify(progress)]);
}

function toInstant(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}

/** One event for each thing that happened to a clock; the deadline is the breach's instant, however late it was seen. */
export function eventsOf(ticketId: string, clock: PlannedClock): EventDraft[] {
  const { before, reading } = clock;
  const events: EventDraft[] = [];
  const add = (kind: string, after: object): void =>
    void events.push({ kind, subjectId: clock.id, ticketId, after: { policyId: clock.policyId, ...after } });
  if (before === null)
    add('sla.clock_started', {
      deadline: toInstant(reading.deadlineMs),
      startedAt: toInstant(clock.startedAtMs),
    });
  if (clock.atRiskObservedAtMs !== null && (before?.atRiskObservedAtMs ?? null) === null) {
    add('sla.at_risk', {
      atRiskAt: toInstant(reading.atRiskAtMs ?? before?.atRiskAtMs ?? null),
      observedAt: toInstant(clock.atRiskObservedAtMs),
    });
  }
  if (reading.breachedAtMs !== null && (before?.breachedAtMs ?? null) === null) {
    add('sla.breached', {
      dueAt: toInstant(reading.breachedAtMs),
      observedAt: toInstant(clock.observedAtMs),
    });
  }
  if (before !== null && before.status !== reading.status && reading.status !== 'breached') {
    add(`sla.${statusVerbs[reading.status]}`, {
      deadline: toInstant(reading.deadlineMs),
      reachedAt: toInstant(reading.reachedAtMs),
    });
  } else if (before !== null && before.deadlineMs !== reading.deadlineMs && reading.breachedAtMs === null) {
    add('sla.deadline_moved', {
      deadline: toInstant(reading.deadlineMs),
      deadlineBefore: toInstant(before.deadlineMs),
    });
  }
  return events;
}

const statusVerbs = {
  running: 'resumed',
  paused: 'paused',
  reached: 'reached',
  cancelled: 'cancelled',
} as const;

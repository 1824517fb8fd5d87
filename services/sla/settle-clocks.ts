import type { WorkingTime } from '../../domain/working-time';
import { loadWorkingTime } from '../calendars/working-time';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import type { EventDraft, UnitOfWork } from '../transaction';
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
  work: UnitOfWork,
  ticket: ClockedTicket,
  options: { readonly cause: ClockCause; readonly reason?: string | undefined },
): Promise<ClockPlan> {
  const queryable = within(work.db);
  const loaded = await loadTeamRules(queryable, context.companyId, ticket.teamId);
  // An archived ticket owes nobody anything: no policy applies to it.
  const team = ticket.archivedAt === null ? loaded : { ...loaded, slaEnabled: false };
  const clocks = await loadClocks(queryable, context.companyId, ticket.id);
  const { priority } = ticket;
  const settled = settledThrough({ team, priority, clocks, ...reach[options.cause] });
  const history = await loadStageHistory(queryable, context.companyId, ticket.id, settled);
  const { periods } = history;
  const nowMs = Math.max(context.now().getTime(), periods.at(-1)?.enteredAtMs ?? 0);
  const workingTimeOf = await loadCalendars(context, team, clocks);
  const plan = planClocks({
    team,
    priority,
    createdAtMs: ticket.createdAt.getTime(),
    ...history,
    clocks,
    nowMs,
    ...reach[options.cause],
    workingTimeOf,
  });
  await writePlan(context, work, ticket.id, plan, { ...options, nowMs });
  return plan;
}

/**
 * What a cause may change beyond the facts themselves: whether policies are matched anew, and whether unfinished
 * clocks move to the calendar the team has today (spec.md §7: a move of stage does neither).
 */
const reach: Readonly<Record<ClockCause, { readonly rematch: boolean; readonly adoptCalendar: boolean }>> = {
  ticket_created: { rematch: true, adoptCalendar: false },
  stage_changed: { rematch: false, adoptCalendar: false },
  due: { rematch: false, adoptCalendar: false },
  archived: { rematch: false, adoptCalendar: false },
  priority_changed: { rematch: true, adoptCalendar: false },
  calendar_changed: { rematch: false, adoptCalendar: true },
  team_changed: { rematch: true, adoptCalendar: true },
  team_settings_changed: { rematch: true, adoptCalendar: true },
  recalculated: { rematch: true, adoptCalendar: true },
};

/** The working time of every calendar version that a ticket's clocks name, read before anything is computed. */
export async function loadCalendars(
  context: Pick<Context, 'companyId' | 'database'>,
  team: Pick<TeamRules, 'calendarId' | 'calendarVersion'>,
  clocks: readonly { readonly calendarId: string; readonly calendarVersion: number }[],
): Promise<(calendarId: string, version: number) => WorkingTime> {
  const named = new Map(
    [team, ...clocks].map((each) => [`${each.calendarId}/${each.calendarVersion}`, each]),
  );
  const loaded = new Map<string, WorkingTime>();
  for (const [key, { calendarId, calendarVersion }] of named) {
    loaded.set(
      key,
      await loadWorkingTime(context.database.pool, context.companyId, calendarId, calendarVersion),
    );
  }
  return (calendarId, version) => {
    const workingTime = loaded.get(`${calendarId}/${version}`);
    if (workingTime === undefined)
      throw new RangeError(`calendar ${calendarId} version ${version} was not loaded`);
    return workingTime;
  };
}

async function writePlan(
  context: Context,
  work: UnitOfWork,
  ticketId: string,
  plan: ClockPlan,
  options: { readonly cause: ClockCause; readonly reason?: string | undefined; readonly nowMs: number },
): Promise<void> {
  const records = recordsOf(plan, { ticketId, actor: context.actor, ...options });
  if (records.clocks.length > 0) {
    await work.db.$executeRawUnsafe(
      writeClocksSql('$1', '$2::jsonb'),
      context.companyId,
      JSON.stringify(records.clocks),
    );
  }
  if (records.changes.length > 0) {
    await work.db.$executeRawUnsafe(
      writeClockChangesSql('$1', '$2::jsonb'),
      context.companyId,
      JSON.stringify(records.changes),
    );
  }
  const settled = plan.clocks.filter(({ progress }) => progress !== null);
  if (settled.length > 0) {
    const progress = settled.map((clock) => ({ id: clock.id, progress: clock.progress }));
    await work.db.$executeRaw`
      UPDATE sla_clock k SET progress = r.progress
      FROM jsonb_to_recordset(${JSON.stringify(progress)}::jsonb) AS r(id text, progress jsonb)
      WHERE k.company_id = ${context.companyId} AND k.id = r.id`;
  }
  for (const clock of plan.clocks.filter(isChanged)) {
    for (const event of eventsOf(ticketId, clock)) work.event(event);
  }
  const { slaState, nextDeadlineMs, nextWakeAtMs } = plan.sla;
  await work.db.$executeRaw`
    UPDATE ticket SET sla_state = ${slaState}, next_deadline = ${toDate(nextDeadlineMs)}, next_wake_at = ${toDate(nextWakeAtMs)},
      version = version + 1, updated_at = greatest(updated_at, ${context.now()})
    WHERE company_id = ${context.companyId} AND id = ${ticketId}
      AND (sla_state, next_deadline, next_wake_at) IS DISTINCT FROM (${slaState}, ${toDate(nextDeadlineMs)}::timestamptz, ${toDate(nextWakeAtMs)}::timestamptz)`;
}

function toDate(instantMs: number | null): Date | null {
  return instantMs === null ? null : new Date(instantMs);
}

/** One event for each thing that happened to a clock; the deadline is the breach's instant, however late it was seen. */
export function eventsOf(ticketId: string, clock: PlannedClock): EventDraft[] {
  const { before, reading } = clock;
  const events: EventDraft[] = [];
  const add = (kind: string, after: object): void =>
    void events.push({ kind, subjectId: clock.id, ticketId, after: { policyId: clock.policyId, ...after } });
  const iso = (instantMs: number | null): string | null =>
    instantMs === null ? null : new Date(instantMs).toISOString();
  if (before === null)
    add('sla.clock_started', { deadline: iso(reading.deadlineMs), startedAt: iso(clock.startedAtMs) });
  if (clock.atRiskObservedAtMs !== null && (before?.atRiskObservedAtMs ?? null) === null) {
    add('sla.at_risk', {
      atRiskAt: iso(reading.atRiskAtMs ?? before?.atRiskAtMs ?? null),
      observedAt: iso(clock.atRiskObservedAtMs),
    });
  }
  if (reading.breachedAtMs !== null && (before?.breachedAtMs ?? null) === null) {
    add('sla.breached', { dueAt: iso(reading.breachedAtMs), observedAt: iso(clock.observedAtMs) });
  }
  if (before !== null && before.status !== reading.status && reading.status !== 'breached') {
    add(`sla.${statusVerbs[reading.status]}`, {
      deadline: iso(reading.deadlineMs),
      reachedAt: iso(reading.reachedAtMs),
    });
  } else if (before !== null && before.deadlineMs !== reading.deadlineMs && reading.breachedAtMs === null) {
    add('sla.deadline_moved', { deadline: iso(reading.deadlineMs), deadlineBefore: iso(before.deadlineMs) });
  }
  return events;
}

const statusVerbs = {
  running: 'resumed',
  paused: 'paused',
  reached: 'reached',
  cancelled: 'cancelled',
} as const;

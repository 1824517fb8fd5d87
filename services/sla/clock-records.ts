import type { Actor } from '../../domain/shared/actor';
import type { ClockCause, ClockPlan, PlannedClock } from './plan-clocks';

/** The columns of `sla_clock` as one JSON record writes them; the company is bound beside it. */
const clockColumns = {
  id: 'text',
  ticket_id: 'text',
  policy_id: 'text',
  policy_version: 'integer',
  cycle: 'integer',
  calendar_id: 'text',
  calendar_version: 'integer',
  time_zone_data: 'text',
  status: 'text',
  started_at: 'timestamptz',
  target_minutes: 'integer',
  remaining_ms: 'bigint',
  deadline: 'timestamptz',
  at_risk_at: 'timestamptz',
  at_risk_observed_at: 'timestamptz',
  reached_at: 'timestamptz',
  breached_at: 'timestamptz',
  observed_at: 'timestamptz',
  exceeded_minutes: 'integer',
  updated_at: 'timestamptz',
} as const;

const changeColumns = {
  clock_id: 'text',
  cause: 'text',
  actor: 'jsonb',
  status_before: 'text',
  status_after: 'text',
  deadline_before: 'timestamptz',
  deadline_after: 'timestamptz',
  reason: 'text',
  created_at: 'timestamptz',
} as const;

type RecordOf<Columns> = { readonly [Name in keyof Columns]: unknown };
export type ClockRecord = RecordOf<typeof clockColumns>;
export type ClockChangeRecord = RecordOf<typeof changeColumns>;

const names = (columns: object): string => Object.keys(columns).join(', ');
const typed = (columns: object): string =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${String(type)}`)
    .join(', ');

const kept = new Set([
  'id',
  'ticket_id',
  'policy_id',
  'policy_version',
  'cycle',
  'started_at',
  'target_minutes',
]);
const changing = Object.keys(clockColumns).filter((name) => !kept.has(name));

/** Inserts or updates clocks from a JSON array in one statement; `company` and `records` are placeholders. */
export function writeClocksSql(company: string, records: string, condition = 'true'): string {
  return `INSERT INTO sla_clock (company_id, ${names(clockColumns)})
    SELECT ${company}, ${names(clockColumns)} FROM jsonb_to_recordset(${records}) AS r(${typed(clockColumns)}) WHERE ${condition}
    ON CONFLICT (company_id, id) DO UPDATE SET ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

/** Inserts the clocks of a ticket that is being made by the same statement, and the first line of each one's changes. */
export function firstClocksSql(company: string, records: string, condition: string): string {
  return `INSERT INTO sla_clock (company_id, ${names(clockColumns)})
    SELECT ${company}, ${names(clockColumns)} FROM jsonb_to_recordset(${records}) AS r(${typed(clockColumns)}) WHERE ${condition}`;
}

/** See `firstClocksSql`. */
export function firstClockChangesSql(company: string, records: string, condition: string): string {
  return `INSERT INTO sla_clock_change (company_id, sequence, ${names(changeColumns)})
    SELECT ${company}, 1, ${names(changeColumns)} FROM jsonb_to_recordset(${records}) AS r(${typed(changeColumns)})
    WHERE ${condition}`;
}

/** Appends to the clocks' lists of changes from a JSON array; the caller holds the ticket's lock. */
export function writeClockChangesSql(company: string, records: string, condition = 'true'): string {
  return `INSERT INTO sla_clock_change (company_id, sequence, ${names(changeColumns)})
    SELECT ${company}, 1 + coalesce((SELECT max(c.sequence) FROM sla_clock_change c
      WHERE c.company_id = ${company} AND c.clock_id = r.clock_id), 0), ${names(changeColumns)}
    FROM jsonb_to_recordset(${records}) AS r(${typed(changeColumns)}) WHERE ${condition}`;
}

const iso = (instantMs: number | null): string | null =>
  instantMs === null ? null : new Date(instantMs).toISOString();

function toRecord(ticketId: string, clock: PlannedClock, nowMs: number): ClockRecord {
  const { reading } = clock;
  return {
    id: clock.id,
    ticket_id: ticketId,
    policy_id: clock.policyId,
    policy_version: clock.policyVersion,
    cycle: clock.cycle,
    calendar_id: clock.calendarId,
    calendar_version: clock.calendarVersion,
    time_zone_data: process.versions.tz ?? 'unknown',
    status: reading.status,
    started_at: iso(clock.startedAtMs),
    target_minutes: clock.targetMinutes,
    remaining_ms: reading.remainingMs,
    deadline: iso(reading.deadlineMs),
    at_risk_at: iso(reading.atRiskAtMs),
    at_risk_observed_at: iso(clock.atRiskObservedAtMs),
    reached_at: iso(reading.reachedAtMs),
    breached_at: iso(reading.breachedAtMs),
    observed_at: iso(clock.observedAtMs),
    exceeded_minutes: clock.exceededMinutes,
    updated_at: iso(nowMs),
  };
}

/** Whether anything of a clock differs from what is stored, its still running remainder excepted. */
export function isChanged(clock: PlannedClock): boolean {
  const { before, reading } = clock;
  return (
    before === null ||
    before.status !== reading.status ||
    before.deadlineMs !== reading.deadlineMs ||
    before.atRiskAtMs !== reading.atRiskAtMs ||
    before.atRiskObservedAtMs !== clock.atRiskObservedAtMs ||
    before.reachedAtMs !== reading.reachedAtMs ||
    before.breachedAtMs !== reading.breachedAtMs ||
    before.calendarVersion !== clock.calendarVersion ||
    before.calendarId !== clock.calendarId
  );
}

export interface ClockWriteOptions {
  readonly ticketId: string;
  readonly cause: ClockCause;
  readonly actor: Actor;
  readonly reason?: string | undefined;
  readonly nowMs: number;
}

/** What to write of a plan: the changed clocks, and a line of explanation for each move of status or deadline. */
export function recordsOf(
  plan: ClockPlan,
  options: ClockWriteOptions,
): { readonly clocks: ClockRecord[]; readonly changes: ClockChangeRecord[] } {
  const changed = plan.clocks.filter(isChanged);
  const moved = changed.filter(
    ({ before, reading }) => before?.status !== reading.status || before.deadlineMs !== reading.deadlineMs,
  );
  return {
    clocks: changed.map((clock) => toRecord(options.ticketId, clock, options.nowMs)),
    changes: moved.map(({ id, before, reading }) => ({
      clock_id: id,
      cause: options.cause,
      actor: options.actor,
      status_before: before?.status ?? null,
      status_after: reading.status,
      deadline_before: iso(before?.deadlineMs ?? null),
      deadline_after: iso(reading.deadlineMs),
      reason: options.reason ?? null,
      created_at: iso(options.nowMs),
    })),
  };
}

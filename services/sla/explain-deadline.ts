import type { Actor } from '../../domain/shared/actor';
import { notFound } from '../../domain/shared/errors';
import { explainClock } from '../../domain/sla/explanation';
import { loadWorkingTime } from '../calendars/working-time';
import type { Context } from '../context';
import { loadClocks, loadStageHistory } from './ticket-clocks';

export interface ExplanationView {
  readonly clockId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly timeZone: string;
  readonly timeZoneData: string;
  readonly startedAt: string;
  /** The deadline, or the present while the clock is paused. */
  readonly until: string;
  readonly deadline: string | null;
  readonly targetMinutes: number;
  readonly segments: readonly SegmentView[];
  /** Of the counted segments: the target exactly where there is a deadline. */
  readonly sumMinutes: number;
  readonly remainingMinutes: number;
  /** For the customer, in one sentence. */
  readonly sentence: string;
  readonly changes: readonly ChangeView[];
}

interface SegmentView {
  readonly from: string;
  readonly to: string;
  readonly minutes: number;
  readonly counted: boolean;
  readonly reason: string;
  readonly name: string | null;
  readonly cause: { readonly stageId: string; readonly actor: Actor } | null;
}

interface ChangeView {
  readonly at: string;
  readonly cause: string;
  readonly actor: Actor;
  readonly statusBefore: string | null;
  readonly statusAfter: string;
  readonly deadlineBefore: string | null;
  readonly deadlineAfter: string | null;
  readonly reason: string | null;
}

interface ClockFactsRow {
  readonly timeZone: string;
  readonly timeZoneData: string;
  readonly changes: (Omit<ChangeView, 'at' | 'deadlineBefore' | 'deadlineAfter'> & {
    at: string;
    deadlineBefore: string | null;
    deadlineAfter: string | null;
  })[];
}

const iso = (instantMs: number): string => new Date(instantMs).toISOString();
const utc = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());

/**
 * Why a deadline is what it is (spec.md §7): each counted and skipped stretch since the clock's start with its
 * reason, computed from the same facts and by the same code as the deadline itself, and every later move with
 * its cause. The caller has resolved the ticket.
 * @throws DomainError `not_found` for a clock of another ticket.
 */
export async function explainDeadline(
  context: Context,
  ticketId: string,
  clockId: string,
): Promise<ExplanationView> {
  const { pool } = context.database;
  const facts = await loadFacts(context, ticketId, clockId);
  const [clocks, { periods, stages }] = await Promise.all([
    loadClocks(pool, context.companyId, ticketId),
    loadStageHistory(pool, context.companyId, ticketId, 0),
  ]);
  const clock = clocks.find(({ id }) => id === clockId);
  if (clock === undefined) throw notFound('SLA clock of this ticket');
  const workingTime = await loadWorkingTime(pool, context.companyId, clock.calendarId, clock.calendarVersion);
  const untilMs = clock.deadlineMs ?? Math.max(clock.startedAtMs, context.now().getTime());
  const segments = explainClock(clock.rule, stages, periods, clock.startedAtMs, untilMs, workingTime);
  const sumMinutes = segments.reduce((sum, { counted, minutes }) => sum + (counted ? minutes : 0), 0);
  const { targetMinutes } = clock;
  return {
    clockId,
    policyId: clock.policyId,
    policyVersion: clock.policyVersion,
    calendarId: clock.calendarId,
    calendarVersion: clock.calendarVersion,
    timeZone: facts.timeZone,
    timeZoneData: facts.timeZoneData,
    startedAt: iso(clock.startedAtMs),
    until: iso(untilMs),
    deadline: clock.deadlineMs === null ? null : iso(clock.deadlineMs),
    targetMinutes,
    segments: segments.map(({ fromMs, toMs, minutes, counted, reason, name, cause }) => ({
      from: iso(fromMs),
      to: iso(toMs),
      minutes,
      counted,
      reason,
      name: name ?? null,
      cause: cause ?? null,
    })),
    sumMinutes,
    remainingMinutes: Math.max(0, targetMinutes - sumMinutes),
    sentence: sentenceOf(clock.deadlineMs, targetMinutes, facts.timeZone, segments.length),
    changes: facts.changes.map((change) => ({
      ...change,
      at: new Date(change.at).toISOString(),
      deadlineBefore: utc(change.deadlineBefore),
      deadlineAfter: utc(change.deadlineAfter),
    })),
  };
}

function sentenceOf(
  deadlineMs: number | null,
  targetMinutes: number,
  timeZone: string,
  segments: number,
): string {
  const target = `${targetMinutes} working minutes`;
  if (deadlineMs === null)
    return `The clock is stopped: of ${target} only running time counts, so there is no deadline now.`;
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(
    deadlineMs,
  );
  return `We promised ${target}, counted in opening hours only; over ${segments} stretches they end on ${local} (${timeZone}).`;
}

async function loadFacts(context: Context, ticketId: string, clockId: string): Promise<ClockFactsRow> {
  const { rows } = await context.database.pool.query<ClockFactsRow>(
    `SELECT v.timezone AS "timeZone", k.time_zone_data AS "timeZoneData",
      (SELECT coalesce(json_agg(json_build_object('at', c.created_at, 'cause', c.cause, 'actor', c.actor,
          'statusBefore', c.status_before, 'statusAfter', c.status_after, 'deadlineBefore', c.deadline_before,
          'deadlineAfter', c.deadline_after, 'reason', c.reason) ORDER BY c.sequence), '[]')
        FROM sla_clock_change c WHERE c.company_id = k.company_id AND c.clock_id = k.id) AS changes
    FROM sla_clock k
    JOIN calendar_version v ON v.company_id = k.company_id AND v.calendar_id = k.calendar_id AND v.number = k.calendar_version
    WHERE k.company_id = $1 AND k.ticket_id = $2 AND k.id = $3`,
    [context.companyId, ticketId, clockId],
  );
  if (rows[0] === undefined) throw notFound('SLA clock of this ticket');
  return rows[0];
}

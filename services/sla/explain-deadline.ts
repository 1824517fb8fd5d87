import type { Actor } from '../../domain/shared/actor';
import { notFound } from '../../domain/shared/errors';
import { countedTime, type ExplainedClock, explainClock } from '../../domain/sla/explanation';
import { loadWorkingTime } from '../calendars/working-time';
import type { Context } from '../context';
import type { Queryable } from '../listing';
import { inSnapshot } from '../statements-transaction';
import { loadClocks, loadStageHistory, type StoredClock } from './ticket-clocks';

export interface ExplanationView {
  readonly clockId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly timeZone: string;
  readonly timeZoneData: string;
  readonly startedAt: string;
  /** The deadline; where there is none the present, or when the clock was cancelled. */
  readonly until: string;
  readonly deadline: string | null;
  readonly targetMinutes: number;
  /** `null` when the clock runs over more than five years, date by date. */
  readonly segments: readonly SegmentView[] | null;
  /** Of the counted segments: the target exactly where there is a deadline. */
  readonly sumMinutes: number;
  /** Working minutes left, rounded down: as of now while running, else as they were kept. */
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

/** The list of segments grows with the dates the clock runs over, unlike the deadline. */
const longestListMs = 5 * 366 * 86_400_000;

const iso = (instantMs: number): string => new Date(instantMs).toISOString();
const utc = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());

/**
 * Why a deadline is what it is (spec.md §7): each counted and skipped stretch since the clock's start with its
 * reason, computed from the same facts and by the same code as the deadline itself, and every later move with
 * its cause, all as of one instant. The caller has resolved the ticket.
 * @throws DomainError `not_found` for a clock of another ticket.
 */
export async function explainDeadline(
  context: Context,
  ticketId: string,
  clockId: string,
): Promise<ExplanationView> {
  const { companyId } = context;
  const { facts, clock, periods, stages, workingTime } = await inSnapshot(
    context.database.pool,
    async (sql) => {
      const clocks = await loadClocks(sql, companyId, ticketId);
      const found = clocks.find(({ id }) => id === clockId);
      if (found === undefined) throw notFound('SLA clock of this ticket');
      return {
        clock: found,
        facts: await loadFacts(sql, companyId, ticketId, clockId),
        ...(await loadStageHistory(sql, companyId, ticketId, 0)),
        workingTime: await loadWorkingTime(sql, companyId, found.calendarId, found.calendarVersion),
      };
    },
  );
  const { rule, startedAtMs, reachedAtMs, targetMinutes } = clock;
  const presentMs = Math.max(startedAtMs, presentOf(clock, facts, context.now().getTime()));
  const untilMs = clock.deadlineMs ?? presentMs;
  const explained = { rule, stages, periods, startedAtMs, reachedAtMs, untilMs, workingTime };
  const { segments, sumMinutes } = listedIn(explained);
  const used = countedTime({ ...explained, untilMs: reachedAtMs ?? presentMs });
  return {
    clockId,
    policyId: clock.policyId,
    policyVersion: clock.policyVersion,
    calendarId: clock.calendarId,
    calendarVersion: clock.calendarVersion,
    timeZone: facts.timeZone,
    timeZoneData: facts.timeZoneData,
    startedAt: iso(startedAtMs),
    until: iso(untilMs),
    deadline: clock.deadlineMs === null ? null : iso(clock.deadlineMs),
    targetMinutes,
    segments,
    sumMinutes,
    remainingMinutes: Math.max(0, Math.floor((rule.targetMs - used.countedMs) / 60_000)),
    sentence: sentenceOf(clock, facts.timeZone, segments?.length),
    changes: facts.changes.map((change) => ({
      ...change,
      at: new Date(change.at).toISOString(),
      deadlineBefore: utc(change.deadlineBefore),
      deadlineAfter: utc(change.deadlineAfter),
    })),
  };
}

/** A cancelled clock has no time after it was cancelled. */
function presentOf({ status }: StoredClock, { changes }: ClockFactsRow, nowMs: number): number {
  const last = changes.at(-1);
  return status === 'cancelled' && last !== undefined ? Date.parse(last.at) : nowMs;
}

function listedIn(explained: ExplainedClock): Pick<ExplanationView, 'segments' | 'sumMinutes'> {
  const { countedMs, runningMs } = countedTime(explained);
  if (runningMs > longestListMs) return { segments: null, sumMinutes: Math.floor(countedMs / 60_000) };
  const segments = explainClock(explained).map(({ fromMs, toMs, name, cause, ...segment }) => ({
    ...segment,
    from: iso(fromMs),
    to: iso(toMs),
    name: name ?? null,
    cause: cause ?? null,
  }));
  return {
    segments,
    sumMinutes: segments.reduce((sum, { counted, minutes }) => sum + (counted ? minutes : 0), 0),
  };
}

function sentenceOf(
  { deadlineMs, status, targetMinutes }: StoredClock,
  timeZone: string,
  segments: number | undefined,
): string {
  const target = `${targetMinutes} working minutes`;
  if (deadlineMs === null) {
    return status === 'running'
      ? `We promised ${target}, counted in opening hours only; the calendar does not hold that many any more, so there is no deadline.`
      : `The clock is stopped: of ${target} only running time counts, so there is no deadline now.`;
  }
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(
    deadlineMs,
  );
  const stretches = segments === undefined ? '' : ` over ${segments} stretches`;
  return `We promised ${target}, counted in opening hours only;${stretches} they end on ${local} (${timeZone}).`;
}

async function loadFacts(
  sql: Queryable,
  companyId: string,
  ticketId: string,
  clockId: string,
): Promise<ClockFactsRow> {
  const { rows } = await sql.query(
    `SELECT v.timezone AS "timeZone", k.time_zone_data AS "timeZoneData",
      (SELECT coalesce(json_agg(json_build_object('at', c.created_at, 'cause', c.cause, 'actor', c.actor,
          'statusBefore', c.status_before, 'statusAfter', c.status_after, 'deadlineBefore', c.deadline_before,
          'deadlineAfter', c.deadline_after, 'reason', c.reason) ORDER BY c.sequence), '[]')
        FROM sla_clock_change c WHERE c.company_id = k.company_id AND c.clock_id = k.id) AS changes
    FROM sla_clock k
    JOIN calendar_version v ON v.company_id = k.company_id AND v.calendar_id = k.calendar_id AND v.number = k.calendar_version
    WHERE k.company_id = $1 AND k.ticket_id = $2 AND k.id = $3`,
    [companyId, ticketId, clockId],
  );
  const row = rows[0] as ClockFactsRow | undefined;
  if (row === undefined) throw notFound('SLA clock of this ticket');
  return row;
}

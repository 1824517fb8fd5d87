import type { ClockStatus } from '../../domain/sla/clock';
import type { SlaState } from '../../domain/ticket/values';
import { loadWorkingTime } from '../calendars/working-time';
import type { Context } from '../context';

export interface ClockView {
  readonly id: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly policyName: string;
  readonly cycle: number;
  readonly target: { readonly kind: string; readonly stageId: string; readonly minutes: number };
  readonly status: ClockStatus;
  readonly startedAt: string;
  readonly deadline: string | null;
  readonly atRiskAt: string | null;
  readonly reachedAt: string | null;
  readonly breachedAt: string | null;
  readonly observedAt: string | null;
  readonly exceededMinutes: number | null;
  /** Working minutes left, rounded down: as of now while running, kept while paused. */
  readonly remainingMinutes: number;
}

export interface TicketSlaView {
  readonly state: SlaState;
  readonly nextDeadline: string | null;
  readonly clocks: readonly ClockView[];
}

type ClockRow = Omit<ClockView, 'remainingMinutes'> & {
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly remainingMs: number;
};

type TicketRow = { readonly state: SlaState; readonly nextDeadline: string | null } & (
  | ClockRow
  | { readonly id: null }
);

/** One row a clock, or one without a clock: state and clocks of one statement are of one instant. */
const ticketSlaText = `SELECT t.sla_state AS state, t.next_deadline AS "nextDeadline",
    k.id, k.policy_id AS "policyId", k.policy_version AS "policyVersion", p.name AS "policyName", k.cycle,
    json_build_object('kind', v.target_kind, 'stageId', v.target_stage_id, 'minutes', k.target_minutes) AS target,
    k.status, k.started_at AS "startedAt", k.deadline, k.at_risk_at AS "atRiskAt", k.reached_at AS "reachedAt",
    k.breached_at AS "breachedAt", k.observed_at AS "observedAt", k.exceeded_minutes AS "exceededMinutes",
    k.calendar_id AS "calendarId", k.calendar_version AS "calendarVersion", k.remaining_ms AS "remainingMs"
  FROM ticket t
  LEFT JOIN sla_clock k ON k.company_id = t.company_id AND k.ticket_id = t.id
  LEFT JOIN sla_policy p ON p.company_id = k.company_id AND p.id = k.policy_id
  LEFT JOIN sla_policy_version v ON v.company_id = k.company_id AND v.policy_id = k.policy_id AND v.number = k.policy_version
  WHERE t.company_id = $1 AND t.id = $2 ORDER BY k.id`;

/** A ticket's clocks as they stand now (api.md). The caller has resolved the ticket. */
export async function ticketSla(context: Context, ticketId: string): Promise<TicketSlaView> {
  const { rows } = await context.database.pool.query<TicketRow>(ticketSlaText, [context.companyId, ticketId]);
  const [ticket] = rows;
  const clocks = rows.flatMap(({ state: _state, nextDeadline: _deadline, ...row }) =>
    row.id === null ? [] : [row as ClockRow],
  );
  return {
    state: ticket?.state ?? 'none',
    nextDeadline: ticket?.nextDeadline ?? null,
    clocks: await Promise.all(clocks.map((clock) => toView(context, clock))),
  };
}

async function toView(context: Context, row: ClockRow): Promise<ClockView> {
  const { calendarId, calendarVersion, remainingMs, ...view } = row;
  if (row.status !== 'running' || row.deadline === null) {
    return { ...view, remainingMinutes: Math.floor(remainingMs / 60_000) };
  }
  const workingTime = await loadWorkingTime(
    context.database.pool,
    context.companyId,
    calendarId,
    calendarVersion,
  );
  const leftMs = Math.max(0, workingTime.betweenMs(context.now().getTime(), Date.parse(row.deadline)));
  return { ...view, remainingMinutes: Math.floor(leftMs / 60_000) };
}

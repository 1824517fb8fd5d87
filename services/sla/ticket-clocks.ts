import type { Actor } from '../../domain/shared/actor';
import type { ClockRule, ClockStatus, StageFacts, StagePeriod } from '../../domain/sla/clock';
import type { Queryable } from '../listing';
import type { StoredProgress } from './clock-progress';
import { toClockRule } from './team-rules';

/** A clock as stored, with the rule of the policy version it was started under. Instants in epoch milliseconds. */
export interface StoredClock {
  readonly id: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly cycle: number;
  readonly targetMinutes: number;
  readonly priorities: readonly number[];
  readonly policyTeamId: string;
  readonly rule: ClockRule;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly status: ClockStatus;
  readonly startedAtMs: number;
  readonly deadlineMs: number | null;
  readonly atRiskAtMs: number | null;
  readonly atRiskObservedAtMs: number | null;
  readonly reachedAtMs: number | null;
  readonly breachedAtMs: number | null;
  readonly observedAtMs: number | null;
  readonly progress: StoredProgress | null;
  /** The stages that the progress names, as they are today. */
  readonly progressStages: readonly StageFacts[];
}

interface ClockRow {
  readonly id: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly cycle: number;
  readonly priorities: number[];
  readonly policyTeamId: string;
  readonly targetPosition: number;
  readonly targetMinutes: number;
  readonly warnAtPercent: number;
  readonly pausedStageIds: string[];
  readonly pauseInPausedStages: boolean;
  readonly onReopen: 'resume' | 'restart';
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly status: ClockStatus;
  readonly startedAt: string;
  readonly deadline: string | null;
  readonly atRiskAt: string | null;
  readonly atRiskObservedAt: string | null;
  readonly reachedAt: string | null;
  readonly breachedAt: string | null;
  readonly observedAt: string | null;
  readonly progress: StoredProgress | null;
  readonly progressStages: StageFacts[];
}

const stageFactsSql = `json_build_object('id', g.id, 'teamId', g.team_id, 'position', g.position, 'category', g.category, 'cancels', g.cancels)`;

const clocksText = `SELECT k.id, k.policy_id AS "policyId", k.policy_version AS "policyVersion", k.cycle, v.priorities,
    p.team_id AS "policyTeamId", g.position AS "targetPosition", k.target_minutes AS "targetMinutes",
    v.warn_at_percent AS "warnAtPercent", v.paused_stage_ids AS "pausedStageIds",
    v.pause_in_paused_stages AS "pauseInPausedStages", v.on_reopen AS "onReopen", k.calendar_id AS "calendarId",
    k.calendar_version AS "calendarVersion", k.status, k.started_at AS "startedAt", k.deadline,
    k.at_risk_at AS "atRiskAt", k.at_risk_observed_at AS "atRiskObservedAt", k.reached_at AS "reachedAt",
    k.breached_at AS "breachedAt", k.observed_at AS "observedAt", k.progress,
    (SELECT coalesce(json_agg(${stageFactsSql.replaceAll('g.', 's.')}), '[]') FROM stage s WHERE s.company_id = k.company_id
      AND s.id IN (SELECT jsonb_array_elements_text(k.progress->'stageIds'))) AS "progressStages"
  FROM sla_clock k
  JOIN sla_policy_version v ON v.company_id = k.company_id AND v.policy_id = k.policy_id AND v.number = k.policy_version
  JOIN sla_policy p ON p.company_id = k.company_id AND p.id = k.policy_id
  JOIN stage g ON g.company_id = v.company_id AND g.id = v.target_stage_id
  WHERE k.company_id = $1 AND k.ticket_id = $2 ORDER BY k.id`;

const periodsText = `SELECT d.sequence, d.stage_id AS "stageId", d.entered_at AS "enteredAt", d.left_at AS "leftAt", d.entered_by AS "enteredBy",
    ${stageFactsSql} AS stage
  FROM ticket_stage_period d JOIN stage g ON g.company_id = d.company_id AND g.id = d.stage_id
  WHERE d.company_id = $1 AND d.ticket_id = $2 AND (d.sequence > $3 OR d.left_at IS NULL) ORDER BY d.sequence`;

function milliseconds(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

/** A ticket's clocks in the order they were started, each aiming at its target stage's place in today's order. */
export async function loadClocks(
  queryable: Queryable,
  companyId: string,
  ticketId: string,
): Promise<StoredClock[]> {
  const { rows } = await queryable.query(clocksText, [companyId, ticketId]);
  return (rows as ClockRow[]).map((row) => ({
    id: row.id,
    policyId: row.policyId,
    policyVersion: row.policyVersion,
    cycle: row.cycle,
    targetMinutes: row.targetMinutes,
    priorities: row.priorities,
    policyTeamId: row.policyTeamId,
    rule: toClockRule(row),
    calendarId: row.calendarId,
    calendarVersion: row.calendarVersion,
    status: row.status,
    startedAtMs: Date.parse(row.startedAt),
    deadlineMs: milliseconds(row.deadline),
    atRiskAtMs: milliseconds(row.atRiskAt),
    atRiskObservedAtMs: milliseconds(row.atRiskObservedAt),
    reachedAtMs: milliseconds(row.reachedAt),
    breachedAtMs: milliseconds(row.breachedAt),
    observedAtMs: milliseconds(row.observedAt),
    progress: row.progress,
    progressStages: row.progressStages,
  }));
}

/** A stage period with its place among the ticket's. */
export interface RecordedPeriod extends StagePeriod {
  readonly sequence: number;
}

/** Where a ticket stood and when, with the stages as they are today, those of its former teams too. */
export interface StageHistory {
  /** Oldest first. */
  readonly periods: readonly RecordedPeriod[];
  readonly stages: ReadonlyMap<string, StageFacts>;
}

interface PeriodRow {
  readonly sequence: number;
  readonly stageId: string;
  readonly enteredAt: string;
  readonly leftAt: string | null;
  readonly enteredBy: Actor;
  readonly stage: StageFacts;
}

/**
 * Where the ticket stood and when, in the periods after a sequence number; the one it stands in is always among them.
 * @param after 0 for all of them.
 */
export async function loadStageHistory(
  queryable: Queryable,
  companyId: string,
  ticketId: string,
  after: number,
): Promise<StageHistory> {
  const { rows } = await queryable.query(periodsText, [companyId, ticketId, after]);
  const periods = rows as PeriodRow[];
  return {
    stages: new Map(periods.map(({ stage }) => [stage.id, stage])),
    periods: periods.map((row) => ({
      sequence: row.sequence,
      stageId: row.stageId,
      enteredAtMs: Date.parse(row.enteredAt),
      leftAtMs: milliseconds(row.leftAt),
      enteredBy: row.enteredBy,
    })),
  };
}

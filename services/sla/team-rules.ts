import { notFound } from '../../domain/shared/errors';
import type { ClockRule, StageFacts } from '../../domain/sla/clock';
import type { StageCategory } from '../../domain/ticket/values';
import type { Queryable } from '../listing';

export interface StageRule extends StageFacts {
  readonly name: string;
}

/** The current version of an active policy of the team. */
export interface PolicyRule {
  readonly policyId: string;
  readonly policyVersion: number;
  readonly targetMinutes: number;
  /** Ranks; empty means any priority (spec.md §7). */
  readonly priorities: readonly number[];
  readonly rule: ClockRule;
}

/** Everything of a team that a ticket's stages and clocks depend on. */
export interface TeamRules {
  readonly teamId: string;
  /** Rises whenever any of the rest changes; the database raises it, see the migration's triggers. */
  readonly configurationVersion: number;
  readonly slaEnabled: boolean;
  readonly timeBillingEnabled: boolean;
  readonly calendarId: string;
  readonly calendarVersion: number;
  /** In the team's order. */
  readonly stages: readonly StageRule[];
  readonly policies: readonly PolicyRule[];
}

interface PolicyRow {
  readonly policyId: string;
  readonly policyVersion: number;
  readonly priorities: number[];
  readonly targetPosition: number;
  readonly targetMinutes: number;
  readonly warnAtPercent: number;
  readonly pausedStageIds: string[];
  readonly pauseInPausedStages: boolean;
  readonly onReopen: 'resume' | 'restart';
}

interface TeamRow {
  readonly teamId: string;
  readonly configurationVersion: number;
  readonly slaEnabled: boolean;
  readonly timeBillingEnabled: boolean;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly stages: {
    id: string;
    teamId: string;
    name: string;
    position: number;
    category: StageCategory;
    cancels: boolean;
  }[];
  readonly policies: PolicyRow[];
}

const policyMembers = `json_build_object('policyId', v.policy_id, 'policyVersion', v.number, 'priorities', v.priorities,
  'targetPosition', (SELECT s.position FROM stage s WHERE s.company_id = v.company_id AND s.id = v.target_stage_id),
  'targetMinutes', v.target_minutes, 'warnAtPercent', v.warn_at_percent,
  'pausedStageIds', v.paused_stage_ids, 'pauseInPausedStages', v.pause_in_paused_stages, 'onReopen', v.on_reopen)`;

const teamRulesText = `SELECT m.id AS "teamId", m.configuration_version AS "configurationVersion",
    m.sla_enabled AS "slaEnabled", m.time_billing_enabled AS "timeBillingEnabled", m.calendar_id AS "calendarId",
    c.current_version AS "calendarVersion",
    (SELECT coalesce(json_agg(json_build_object('id', s.id, 'teamId', s.team_id, 'name', s.name, 'position', s.position,
        'category', s.category, 'cancels', s.cancels) ORDER BY s.position), '[]')
      FROM stage s WHERE s.company_id = m.company_id AND s.team_id = m.id) AS stages,
    (SELECT coalesce(json_agg(${policyMembers} ORDER BY p.id), '[]')
      FROM sla_policy p JOIN sla_policy_version v ON v.company_id = p.company_id AND v.policy_id = p.id AND v.number = p.current_version
      WHERE p.company_id = m.company_id AND p.team_id = m.id AND p.active) AS policies
  FROM team m JOIN calendar c ON c.company_id = m.company_id AND c.id = m.calendar_id
  WHERE m.company_id = $1 AND m.id = $2`;

/** @throws DomainError `not_found` when this company has no such team. */
export async function loadTeamRules(
  queryable: Queryable,
  companyId: string,
  teamId: string,
): Promise<TeamRules> {
  const { rows } = await queryable.query(teamRulesText, [companyId, teamId]);
  const row = rows[0] as TeamRow | undefined;
  if (row === undefined) throw notFound('team');
  return {
    ...row,
    policies: row.policies.map((policy) => ({
      policyId: policy.policyId,
      policyVersion: policy.policyVersion,
      targetMinutes: policy.targetMinutes,
      priorities: policy.priorities,
      rule: toClockRule({ ...policy, policyTeamId: row.teamId }),
    })),
  };
}

/** A stored policy version as the clock reads it. */
export function toClockRule(
  policy: Omit<PolicyRow, 'policyId' | 'policyVersion' | 'priorities'> & {
    readonly policyTeamId: string;
  },
): ClockRule {
  return {
    teamId: policy.policyTeamId,
    targetMs: policy.targetMinutes * 60_000,
    warnAtPercent: policy.warnAtPercent,
    targetPosition: policy.targetPosition,
    pausedStageIds: policy.pausedStageIds,
    pauseInPausedStages: policy.pauseInPausedStages,
    onReopen: policy.onReopen,
  };
}

/** Whether a policy asks for a ticket of this priority (spec.md §7: empty = any). */
export function matchesPriority(policy: Pick<PolicyRule, 'priorities'>, priority: number): boolean {
  return policy.priorities.length === 0 || policy.priorities.includes(priority);
}

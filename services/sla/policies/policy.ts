import { type Priority, priorities, priorityRank } from '../../../domain/ticket/values';
import type { Context } from '../../context';
import type { Resource } from '../../listing';
import { visibleTeams } from '../../tickets/visibility';

export type OnReopen = 'resume' | 'restart';

/** The versioned part of a policy (spec.md §7); durations in working minutes. */
export interface PolicyContent {
  /** Empty lists mean any. */
  readonly criteria: { readonly priorities: readonly Priority[] };
  readonly target: { readonly kind: 'reach_stage'; readonly stageId: string; readonly minutes: number };
  readonly pausedStageIds: readonly string[];
  readonly pauseInPausedStages: boolean;
  readonly warnAtPercent: number;
  readonly onReopen: OnReopen;
}

/** What a request gives of the versioned part; members left out stay, or take the defaults of a new policy. */
export interface PolicyContentChanges {
  readonly criteria?: { readonly priorities?: readonly Priority[] | undefined } | undefined;
  readonly target?: PolicyContent['target'] | undefined;
  readonly pausedStageIds?: readonly string[] | undefined;
  readonly pauseInPausedStages?: boolean | undefined;
  readonly warnAtPercent?: number | undefined;
  readonly onReopen?: OnReopen | undefined;
}

/** Content with the changes applied, in one form: no value twice, priorities by rank. */
export function withChanges(present: PolicyContent, changes: PolicyContentChanges): PolicyContent {
  const { criteria, target, pausedStageIds, pauseInPausedStages, warnAtPercent, onReopen } = changes;
  const wanted = criteria === undefined ? present.criteria.priorities : (criteria.priorities ?? []);
  return {
    criteria: { priorities: priorities.filter((priority) => wanted.includes(priority)) },
    target: target ?? present.target,
    pausedStageIds: [...new Set(pausedStageIds ?? present.pausedStageIds)],
    pauseInPausedStages: pauseInPausedStages ?? present.pauseInPausedStages,
    warnAtPercent: warnAtPercent ?? present.warnAtPercent,
    onReopen: onReopen ?? present.onReopen,
  };
}

/** A policy with the version that tickets created now are measured by. */
export interface PolicyView extends PolicyContent {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly active: boolean;
  readonly currentVersion: number;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One version of a policy, as it was and stays. */
export interface PolicyVersionView extends PolicyContent {
  readonly number: number;
  readonly createdBy: string;
  readonly createdAt: string;
}

const rankNames = priorities.map((priority) => `WHEN ${priorityRank(priority)} THEN '${priority}'`).join(' ');

/** The API's members of a policy version `v`. */
const contentSelect = `json_build_object('priorities', (SELECT coalesce(json_agg(CASE rank ${rankNames} END ORDER BY rank), '[]')
      FROM unnest(v.priorities) AS rank)) AS criteria,
    json_build_object('kind', v.target_kind, 'stageId', v.target_stage_id, 'minutes', v.target_minutes) AS target,
    to_json(v.paused_stage_ids) AS "pausedStageIds", v.pause_in_paused_stages AS "pauseInPausedStages",
    v.warn_at_percent AS "warnAtPercent", v.on_reopen AS "onReopen"`;

function ofVisibleTeam(context: Context, bind: (value: unknown) => string): string {
  const visible = visibleTeams(context, bind);
  if (visible === 'true') return 'true';
  return `p.team_id IN (SELECT m.id FROM team m WHERE m.company_id = ${bind(context.companyId)} AND ${visible})`;
}

/** The one way to read policies for the API; those of a private team are there for whoever sees the team. */
export const policyResource: Resource = {
  name: 'SLA policy',
  select: `p.id, p.team_id AS "teamId", p.name, p.active, p.current_version AS "currentVersion", ${contentSelect},
    p.version, p.created_at AS "createdAt", p.updated_at AS "updatedAt"`,
  from: `sla_policy p JOIN sla_policy_version v
    ON v.company_id = p.company_id AND v.policy_id = p.id AND v.number = p.current_version`,
  company: 'p.company_id',
  id: 'p.id',
  visible: ofVisibleTeam,
  filters: {
    teamId: {
      kind: 'id',
      description: 'Policies of these teams.',
      column: 'p.team_id',
      sql: (values) => `p.team_id = ANY(${values})`,
    },
    active: {
      kind: 'boolean',
      description: 'Whether tickets created now are measured by it.',
      sql: (value) => `p.active = ${value}`,
    },
  },
  sorts: {
    createdAt: { expression: 'p.id', type: 'text' },
    name: { expression: 'p.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

/** The versions of a policy; callers find the policy, and so the right to see it, first. */
export const policyVersionResource: Resource = {
  name: 'SLA policy version',
  select: `v.number, ${contentSelect}, v.created_by AS "createdBy", v.created_at AS "createdAt"`,
  from: 'sla_policy_version v',
  company: 'v.company_id',
  id: 'v.number::text',
  filters: {},
  sorts: { number: { expression: 'v.number', type: 'integer' } },
  defaultSort: '-number',
};

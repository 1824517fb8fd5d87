import type { StageCategory, Visibility } from '../../../domain/ticket/values';
import { newId } from '../../../services/ids';
import type { World } from './company';

/** Ids of a team and of its five default stages (spec.md §4). */
export interface TestTeam {
  readonly id: string;
  readonly projectId: string | null;
  readonly stages: Readonly<Record<StageName, string>>;
}

export type StageName = 'new' | 'inProgress' | 'awaitingCustomer' | 'solved' | 'canceled';

const defaultStages: readonly {
  key: StageName;
  name: string;
  category: StageCategory;
  cancels: boolean;
}[] = [
  { key: 'new', name: 'New', category: 'open', cancels: false },
  { key: 'inProgress', name: 'In Progress', category: 'open', cancels: false },
  { key: 'awaitingCustomer', name: 'Awaiting Customer', category: 'paused', cancels: false },
  { key: 'solved', name: 'Solved', category: 'closed', cancels: false },
  { key: 'canceled', name: 'Canceled', category: 'closed', cancels: true },
];

/** A team that logs and bills time, in the office calendar, with the default stages and the agent as member. */
export async function team(
  world: World,
  options: {
    readonly name?: string;
    readonly visibility?: Visibility;
    readonly calendarId?: string;
    readonly timesheets?: boolean;
    readonly slaEnabled?: boolean;
    readonly memberIds?: readonly string[];
  } = {},
): Promise<TestTeam> {
  const { companyId, database } = world;
  const id = newId('team');
  const timesheets = options.timesheets ?? true;
  const projectId = timesheets ? await project(world) : null;
  await database.prisma.team.create({
    data: {
      companyId,
      id,
      name: options.name ?? 'Support',
      visibility: options.visibility ?? 'internal',
      calendarId: options.calendarId ?? world.officeCalendarId,
      projectId,
      slaEnabled: options.slaEnabled ?? true,
      timesheetsEnabled: timesheets,
      timeBillingEnabled: timesheets,
    },
  });
  const stages = defaultStages.map((stage, index) => ({ ...stage, id: newId('stage'), position: index + 1 }));
  await database.prisma.stage.createMany({
    data: stages.map(({ key: _key, ...stage }) => ({ companyId, teamId: id, ...stage })),
  });
  await database.prisma.teamMember.createMany({
    data: (options.memberIds ?? [world.users.agent.id]).map((userId) => ({ companyId, teamId: id, userId })),
  });
  const stageIds = Object.fromEntries(stages.map((stage) => [stage.key, stage.id])) as Record<
    StageName,
    string
  >;
  return { id, projectId, stages: stageIds };
}

export async function project(
  world: World,
  options: { readonly name?: string; readonly contactId?: string } = {},
): Promise<string> {
  const id = newId('project');
  await world.database.prisma.project.create({
    data: {
      companyId: world.companyId,
      id,
      name: options.name ?? 'Customer care',
      contactId: options.contactId ?? null,
    },
  });
  return id;
}

/** A policy in its first version: reach a stage (Solved by default) within working minutes. */
export async function slaPolicy(
  world: World,
  of: TestTeam,
  options: {
    readonly targetStageId?: string;
    readonly targetMinutes?: number;
    readonly warnAtPercent?: number;
    /** Ranks of priorities, 0 low to 3 urgent; none means any. */
    readonly priorities?: readonly number[];
    readonly pausedStageIds?: readonly string[];
    readonly pauseInPausedStages?: boolean;
    readonly onReopen?: 'resume' | 'restart';
  } = {},
): Promise<string> {
  const { companyId, database } = world;
  const id = newId('slaPolicy');
  await database.prisma.slaPolicy.create({
    data: { companyId, id, teamId: of.id, name: 'Solved within a working day' },
  });
  await database.prisma.slaPolicyVersion.create({
    data: {
      companyId,
      policyId: id,
      number: 1,
      priorities: [...(options.priorities ?? [])],
      targetKind: 'reach_stage',
      targetStageId: options.targetStageId ?? of.stages.solved,
      targetMinutes: options.targetMinutes ?? 480,
      warnAtPercent: options.warnAtPercent ?? 80,
      pausedStageIds: [...(options.pausedStageIds ?? [])],
      pauseInPausedStages: options.pauseInPausedStages ?? true,
      onReopen: options.onReopen ?? 'resume',
      createdBy: world.users.admin.id,
    },
  });
  return id;
}

import type { Examples } from '../examples';
import { type Everything, team, teamFollower, user } from '../factories';

/** A stage that nothing has used, of a team of its own. */
async function freshStage(world: Everything): Promise<{ teamId: string; stageId: string }> {
  const fresh = await team(world);
  return { teamId: fresh.id, stageId: fresh.stages.inProgress };
}

export const teamExamples: Examples = {
  createTeam: (world) => ({
    body: {
      name: 'Second level',
      description: 'For what the first level cannot solve.',
      colour: '#2b8a3e',
      visibility: 'portal',
      calendarId: world.officeCalendarId,
      projectId: world.team.projectId,
      slaEnabled: true,
      timesheetsEnabled: true,
      timeBillingEnabled: true,
    },
  }),
  listTeams: () => ({}),
  getTeam: (world) => ({ params: { teamId: world.team.id } }),
  updateTeam: async (world) => ({
    params: { teamId: (await team(world)).id },
    body: {
      name: 'Third level',
      description: 'For what the second level cannot solve.',
      colour: '#c92a2a',
      visibility: 'internal',
      calendarId: world.alwaysCalendarId,
      projectId: world.team.projectId,
      slaEnabled: false,
      timesheetsEnabled: true,
      timeBillingEnabled: false,
    },
  }),
  getTeamOverview: (world) => ({ params: { teamId: world.team.id } }),
  getBoard: (world) => ({ params: { teamId: world.team.id } }),
  listTeamMembers: (world) => ({ params: { teamId: world.team.id } }),
  addTeamMember: async (world) => ({
    params: { teamId: world.team.id },
    body: { userId: (await user(world)).id },
  }),
  removeTeamMember: async (world) => ({
    params: { teamId: (await team(world)).id, userId: world.users.agent.id },
  }),
  listTeamFollowers: (world) => ({ params: { teamId: world.team.id } }),
  followTeam: async (world) => ({
    params: { teamId: world.team.id },
    body: { userId: (await user(world)).id, contactId: null },
  }),
  unfollowTeam: async (world) => {
    const fresh = await team(world);
    const followerId = await teamFollower(world, fresh.id, { userId: world.users.agent.id });
    return { params: { teamId: fresh.id, followerId } };
  },
  listStages: (world) => ({ params: { teamId: world.team.id } }),
  createStage: (world) => ({
    params: { teamId: world.team.id },
    body: { name: 'Rejected', category: 'closed', cancels: true, position: 2 },
  }),
  updateStage: async (world) => ({
    params: await freshStage(world),
    body: { name: 'Rejected', category: 'closed', cancels: true },
  }),
  orderStages: async (world) => {
    const { id, stages } = await team(world);
    return { params: { teamId: id }, body: { stageIds: Object.values(stages).reverse() } };
  },
  deleteStage: async (world) => ({ params: await freshStage(world) }),
};

export const slaPolicyExamples: Examples = {
  createSlaPolicy: ({ team: { id, stages } }) => ({
    body: {
      teamId: id,
      name: 'Urgent ones within an hour',
      criteria: { priorities: ['urgent'] },
      target: { kind: 'reach_stage', stageId: stages.solved, minutes: 60 },
      pausedStageIds: [stages.awaitingCustomer],
      pauseInPausedStages: false,
      warnAtPercent: 50,
      onReopen: 'restart',
    },
  }),
  listSlaPolicies: () => ({}),
  getSlaPolicy: ({ policyId }) => ({ params: { policyId } }),
  updateSlaPolicy: ({ policyId, team: { stages } }) => ({
    params: { policyId },
    body: {
      name: 'Within half an hour',
      active: true,
      criteria: { priorities: ['high', 'urgent'] },
      target: { kind: 'reach_stage', stageId: stages.inProgress, minutes: 30 },
      pausedStageIds: [stages.awaitingCustomer],
      pauseInPausedStages: true,
      warnAtPercent: 70,
      onReopen: 'resume',
      applyTo: 'new_tickets',
    },
  }),
  listSlaPolicyVersions: ({ policyId }) => ({ params: { policyId } }),
};

import { z } from 'zod';
import { listPage, readOne } from '../../../services/listing';
import { addMember } from '../../../services/teams/add-member';
import { createTeam } from '../../../services/teams/create-team';
import { listMembers } from '../../../services/teams/list-members';
import { memberResource } from '../../../services/teams/member';
import { readOverview } from '../../../services/teams/read-overview';
import { removeMember } from '../../../services/teams/remove-member';
import { teamResource } from '../../../services/teams/team';
import { updateTeam } from '../../../services/teams/update-team';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { changedTeam, member, memberBody, overview, team, teamBody, teamChanges } from './schemas';

const tag = 'Teams';
const params = z.strictObject({ teamId: id('team') });
const memberParams = z.strictObject({ teamId: id('team'), userId: id('user') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

export const teamRoutes = [
  defineRoute({
    operationId: 'createTeam',
    method: 'post',
    path: '/v1/teams',
    tag,
    summary: 'Create a team',
    description:
      'It starts with the stages New, In Progress, Awaiting Customer, Solved and Canceled. Whoever makes a private team and is no admin follows it, and so keeps seeing it.',
    access: writing,
    body: teamBody,
    answers: { status: 201, schema: team, description: 'The new team.' },
    handle: async ({ context, body }) => ({ body: await createTeam(context, body) }),
  }),
  defineRoute({
    operationId: 'listTeams',
    method: 'get',
    path: '/v1/teams',
    tag,
    summary: 'List teams',
    description: 'A private team is there for admins, its members and its followers only.',
    access: reading,
    list: teamResource,
    answers: { status: 200, schema: pageOf(team), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, teamResource, page) }),
  }),
  defineRoute({
    operationId: 'getTeam',
    method: 'get',
    path: '/v1/teams/{teamId}',
    tag,
    summary: 'Read a team',
    access: reading,
    params,
    answers: { status: 200, schema: team, description: 'The team.' },
    handle: async ({ context, params }) => ({ body: await readOne(context, teamResource, params.teamId) }),
  }),
  defineRoute({
    operationId: 'updateTeam',
    method: 'patch',
    path: '/v1/teams/{teamId}',
    tag,
    summary: 'Change a team',
    description:
      'Narrowing the visibility from `portal` removes customers as followers of the team and of its tickets in the same transaction; widening it again does not bring them back. Another calendar or SLA switch moves running clocks.',
    access: writing,
    params,
    body: teamChanges,
    guarded: true,
    answers: { status: 200, schema: changedTeam, description: 'The team as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateTeam(context, params.teamId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'getTeamOverview',
    method: 'get',
    path: '/v1/teams/{teamId}/overview',
    tag,
    summary: 'Read where a team stands',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params,
    answers: { status: 200, schema: overview, description: 'The numbers of the moment.' },
    handle: async ({ context, params }) => ({ body: await readOverview(context, params.teamId) }),
  }),
  defineRoute({
    operationId: 'listTeamMembers',
    method: 'get',
    path: '/v1/teams/{teamId}/members',
    tag,
    summary: 'List the members of a team',
    access: reading,
    params,
    list: memberResource,
    answers: { status: 200, schema: pageOf(member), description: 'One page.' },
    handle: async ({ context, params, page }) => ({ body: await listMembers(context, params.teamId, page) }),
  }),
  defineRoute({
    operationId: 'addTeamMember',
    method: 'post',
    path: '/v1/teams/{teamId}/members',
    tag,
    summary: 'Make a user a member of a team',
    access: writing,
    params,
    body: memberBody,
    answers: { status: 201, schema: member, description: 'The new member.' },
    handle: async ({ context, params, body }) => ({
      body: await addMember(context, params.teamId, body.userId),
    }),
  }),
  defineRoute({
    operationId: 'removeTeamMember',
    method: 'delete',
    path: '/v1/teams/{teamId}/members/{userId}',
    tag,
    summary: 'Take a user out of a team',
    description: 'Tickets assigned to the user stay assigned.',
    access: writing,
    params: memberParams,
    answers: { status: 204, description: 'The user is no member any more.' },
    handle: async ({ context, params }) => {
      await removeMember(context, params.teamId, params.userId);
      return {};
    },
  }),
];

import { z } from 'zod';
import { followTeam } from '../../../services/followers/follow-team';
import { followTicket } from '../../../services/followers/follow-ticket';
import { teamFollowerResource, ticketFollowerResource } from '../../../services/followers/follower';
import { listTeamFollowers, listTicketFollowers } from '../../../services/followers/list-followers';
import { unfollowTeam } from '../../../services/followers/unfollow-team';
import { unfollowTicket } from '../../../services/followers/unfollow-ticket';
import { defineRoute, internalRoles, managingRoles, supportRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { ticketParams } from '../tickets/schemas';
import { follower, followerBody } from './schemas';

const ofTeam = z.strictObject({ teamId: id('team') });
const teamFollower = z.strictObject({ teamId: id('team'), followerId: id('follower') });
const ticketFollower = z.strictObject({ ...ticketParams.shape, followerId: id('follower') });

export const followerRoutes = [
  defineRoute({
    operationId: 'listTeamFollowers',
    method: 'get',
    path: '/v1/teams/{teamId}/followers',
    tag: 'Teams',
    summary: 'List the followers of a team',
    access: { roles: internalRoles, scope: 'settings:read' },
    params: ofTeam,
    list: teamFollowerResource,
    answers: { status: 200, schema: pageOf(follower), description: 'One page.' },
    handle: async ({ context, params, page }) => ({
      body: await listTeamFollowers(context, params.teamId, page),
    }),
  }),
  defineRoute({
    operationId: 'followTeam',
    method: 'post',
    path: '/v1/teams/{teamId}/followers',
    tag: 'Teams',
    summary: 'Make a user or a contact follow a team',
    description: 'A user who follows a private team sees it. A contact who does is told, but opens nothing.',
    access: { roles: managingRoles, scope: 'settings:write' },
    params: ofTeam,
    body: followerBody,
    answers: { status: 201, schema: follower, description: 'The new follower.' },
    handle: async ({ context, params, body }) => ({ body: await followTeam(context, params.teamId, body) }),
  }),
  defineRoute({
    operationId: 'unfollowTeam',
    method: 'delete',
    path: '/v1/teams/{teamId}/followers/{followerId}',
    tag: 'Teams',
    summary: 'End a following of a team',
    access: { roles: managingRoles, scope: 'settings:write' },
    params: teamFollower,
    answers: { status: 204, description: 'They follow the team no more.' },
    handle: async ({ context, params }) => {
      await unfollowTeam(context, params.teamId, params.followerId);
      return {};
    },
  }),
  defineRoute({
    operationId: 'listTicketFollowers',
    method: 'get',
    path: '/v1/tickets/{ticketId}/followers',
    tag: 'Tickets',
    summary: 'List the followers of a ticket',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params: ticketParams,
    list: ticketFollowerResource,
    answers: { status: 200, schema: pageOf(follower), description: 'One page.' },
    handle: async ({ context, params, page }) => ({
      body: await listTicketFollowers(context, params.ticketId, page),
    }),
  }),
  defineRoute({
    operationId: 'followTicket',
    method: 'post',
    path: '/v1/tickets/{ticketId}/followers',
    tag: 'Tickets',
    summary: 'Make a user or a contact follow a ticket',
    description: 'A user who follows a ticket of a private team may read that ticket.',
    access: { roles: supportRoles, scope: 'tickets:write' },
    params: ticketParams,
    body: followerBody,
    refusals: ['ticket_archived'],
    answers: { status: 201, schema: follower, description: 'The new follower.' },
    handle: async ({ context, params, body }) => ({
      body: await followTicket(context, params.ticketId, body),
    }),
  }),
  defineRoute({
    operationId: 'unfollowTicket',
    method: 'delete',
    path: '/v1/tickets/{ticketId}/followers/{followerId}',
    tag: 'Tickets',
    summary: 'End a following of a ticket',
    access: { roles: supportRoles, scope: 'tickets:write' },
    params: ticketFollower,
    answers: { status: 204, description: 'They follow the ticket no more.' },
    handle: async ({ context, params }) => {
      await unfollowTicket(context, params.ticketId, params.followerId);
      return {};
    },
  }),
];

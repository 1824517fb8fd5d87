import { z } from 'zod';
import { createStage } from '../../../services/teams/create-stage';
import { deleteStage } from '../../../services/teams/delete-stage';
import { listStages } from '../../../services/teams/list-stages';
import { orderStages } from '../../../services/teams/order-stages';
import { updateStage } from '../../../services/teams/update-stage';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { allOf, id } from '../../schemas';
import { stage, stageBody, stageChanges, stageOrder } from './schemas';

const tag = 'Teams';
const ofTeam = z.strictObject({ teamId: id('team') });
const params = z.strictObject({ teamId: id('team'), stageId: id('stage') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

export const stageRoutes = [
  defineRoute({
    operationId: 'listStages',
    method: 'get',
    path: '/v1/teams/{teamId}/stages',
    tag,
    summary: 'List the stages of a team in order',
    access: reading,
    params: ofTeam,
    answers: { status: 200, schema: allOf(stage), description: 'All stages in the team’s order.' },
    handle: async ({ context, params }) => ({
      body: { data: await listStages(context, params.teamId), nextCursor: null },
    }),
  }),
  defineRoute({
    operationId: 'createStage',
    method: 'post',
    path: '/v1/teams/{teamId}/stages',
    tag,
    summary: 'Add a stage',
    access: writing,
    params: ofTeam,
    body: stageBody,
    answers: { status: 201, schema: stage, description: 'The new stage.' },
    handle: async ({ context, params, body }) => ({ body: await createStage(context, params.teamId, body) }),
  }),
  defineRoute({
    operationId: 'orderStages',
    method: 'put',
    path: '/v1/teams/{teamId}/stages/order',
    tag,
    summary: 'Put the stages of a team into another order',
    description:
      'All at once. Running clocks are computed anew, because “reach a stage” means it or any later one.',
    access: writing,
    params: ofTeam,
    body: stageOrder,
    answers: { status: 200, schema: allOf(stage), description: 'All stages in the new order.' },
    handle: async ({ context, params, body }) => ({
      body: { data: await orderStages(context, params.teamId, body.stageIds), nextCursor: null },
    }),
  }),
  defineRoute({
    operationId: 'updateStage',
    method: 'patch',
    path: '/v1/teams/{teamId}/stages/{stageId}',
    tag,
    summary: 'Change a stage',
    description:
      'The category and `cancels` stay once a ticket has stood in the stage: past deadlines were computed from them.',
    access: writing,
    params,
    body: stageChanges,
    guarded: true,
    refusals: ['no_such_stage_category'],
    answers: { status: 200, schema: stage, description: 'The stage as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateStage(context, params.teamId, params.stageId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'deleteStage',
    method: 'delete',
    path: '/v1/teams/{teamId}/stages/{stageId}',
    tag,
    summary: 'Delete a stage that was never used',
    access: writing,
    params,
    guarded: true,
    refusals: ['no_such_stage_category'],
    answers: { status: 204, description: 'The stage is gone.' },
    handle: async ({ context, params, expectedVersion }) => {
      await deleteStage(context, params.teamId, params.stageId, expectedVersion);
      return {};
    },
  }),
];

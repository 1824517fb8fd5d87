import { z } from 'zod';
import { priorities, slaStates, stageCategories } from '../../../domain/ticket/values';
import { readBoard } from '../../../services/teams/read-board';
import { defineRoute, internalRoles } from '../../route';
import { answeredInstant, id, version } from '../../schemas';

const card = z
  .strictObject({
    id: id('ticket'),
    reference: z.string(),
    number: z.int().min(1),
    subject: z.string(),
    priority: z.enum(priorities),
    contactId: id('contact').nullable(),
    assigneeId: id('user').nullable(),
    slaState: z.enum(slaStates),
    nextDeadline: answeredInstant.nullable(),
    createdAt: answeredInstant,
    updatedAt: answeredInstant,
    version,
  })
  .meta({ id: 'BoardCard' });

const board = z
  .strictObject({
    stages: z.array(
      z.strictObject({
        stage: z.strictObject({
          id: id('stage'),
          name: z.string(),
          position: z.int().min(1),
          category: z.enum(stageCategories),
          cancels: z.boolean(),
          folded: z.boolean().meta({ description: 'A closed stage is shown folded.' }),
        }),
        count: z.int().min(0).meta({ description: 'All tickets in the stage that are not archived.' }),
        cards: z.array(card),
        nextCursor: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Board', description: 'A team’s tickets by stage, by priority and then newest.' });

const query = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a whole number')
    .refine((value) => Number(value) >= 1 && Number(value) <= 50, 'must be from 1 to 50')
    .optional()
    .meta({ description: 'How many cards a stage shows, 1 to 50; 20 when left out.' }),
  stageId: id('stage').optional().meta({ description: 'Only this stage.' }),
  cursor: z.string().max(100).optional().meta({
    description: 'The `nextCursor` of the stage, to go on in it; only with `stageId`.',
  }),
});

export const boardRoutes = [
  defineRoute({
    operationId: 'getBoard',
    method: 'get',
    path: '/v1/teams/{teamId}/board',
    tag: 'Teams',
    summary: 'Read the board of a team',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params: z.strictObject({ teamId: id('team') }),
    query,
    answers: { status: 200, schema: board, description: 'All stages in order, or the one asked for.' },
    handle: async ({ context, params, query: { limit, stageId, cursor } }) => ({
      body: await readBoard(context, params.teamId, { limit: Number(limit ?? 20), stageId, cursor }),
    }),
  }),
];

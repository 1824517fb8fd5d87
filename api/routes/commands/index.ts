import { z } from 'zod';
import { commandResource } from '../../../services/commands/command';
import { readOne } from '../../../services/listing';
import { defineRoute, internalRoles } from '../../route';
import { answeredInstant, id } from '../../schemas';

const command = z
  .strictObject({
    id: z.string(),
    status: z.enum(['pending', 'applied', 'refused']),
    ticketId: id('ticket'),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What the request answered, once applied.' }),
    refusal: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
    createdAt: answeredInstant,
  })
  .meta({ id: 'Command', description: 'A decision by its id: still going on, applied, or refused.' });

export const commandRoutes = [
  defineRoute({
    operationId: 'getCommand',
    method: 'get',
    path: '/v1/commands/{commandId}',
    tag: 'Tickets',
    summary: 'Ask how a decision ended that answered 202',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params: z.strictObject({ commandId: id('command') }),
    answers: { status: 200, schema: command, description: 'The decision as it stands.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, commandResource, params.commandId),
    }),
  }),
];

import { z } from 'zod';
import { readOne } from '../../../services/listing';
import { resolveTicketId } from '../../../services/tickets/resolve-ticket';
import { type TicketView, ticketResource } from '../../../services/tickets/ticket';
import { defineRoute, internalRoles } from '../../route';
import { answeredInstant } from '../../schemas';
import { ticketParams } from './schemas';

const workflow = z
  .strictObject({
    workflowId: z.string(),
    runId: z.string().nullable(),
    status: z.enum([
      'running',
      'completed',
      'failed',
      'cancelled',
      'terminated',
      'timed_out',
      'continued',
      'not_started',
    ]),
    waitingFor: z
      .string()
      .nullable()
      .meta({ description: 'In words; null while it runs and no worker answers.' }),
    nextDeadline: answeredInstant.nullable(),
    uiUrl: z.string().meta({ description: 'Where operators see it in the Temporal UI.' }),
  })
  .meta({ id: 'TicketWorkflow' });

export const workflowRoutes = [
  defineRoute({
    operationId: 'getTicketWorkflow',
    method: 'get',
    path: '/v1/tickets/{ticketId}/workflow',
    tag: 'Tickets',
    summary: 'See what a ticket’s workflow waits for',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params: ticketParams,
    refusals: ['temporal_unavailable'],
    answers: { status: 200, schema: workflow, description: 'The workflow, also before it has started.' },
    handle: async ({ context, params, services }) => {
      const ticketId = await resolveTicketId(context, params.ticketId);
      const ticket = await readOne<TicketView>(context, ticketResource, ticketId);
      return { body: await services.tickets.describe(ticket) };
    },
  }),
];

import { z } from 'zod';
import { DomainError } from '../../../domain/shared/errors';
import { listPage, type PageQuery } from '../../../services/listing';
import { requireTeam } from '../../../services/teams/require-team';
import { readTicket } from '../../../services/tickets/read-ticket';
import { resolveTicketId } from '../../../services/tickets/resolve-ticket';
import { ticketResource } from '../../../services/tickets/ticket';
import { updateTicket } from '../../../services/tickets/update-ticket';
import { defined } from '../../../services/update';
import { defineRoute, internalRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { createTicketRoutes } from './create';
import { decide, decisionRoute, decisionRoutes } from './decisions';
import { priority, subject, ticket, ticketParams, ticketText } from './schemas';
import { workflowRoutes } from './workflow';

const tag = 'Tickets';
const reading = { roles: internalRoles, scope: 'tickets:read' } as const;

const texts = { subject: subject.optional(), description: ticketText.optional() };

const ticketChanges = z.strictObject({
  ...texts,
  priority: priority.optional(),
  teamId: id('team').optional(),
  contactId: id('contact').nullable().optional(),
  saleOrderLineId: id('saleOrderLine').nullable().optional(),
});

export const ticketRoutes = [
  defineRoute({
    operationId: 'listTickets',
    method: 'get',
    path: '/v1/tickets',
    tag,
    summary: 'List tickets',
    description: 'Only tickets the caller may see. Archived ones are shown when asked for with `archived`.',
    access: reading,
    list: ticketResource,
    answers: { status: 200, schema: pageOf(ticket), description: 'One page.' },
    handle: async ({ context, page }) => ({
      body: await listPage(context, ticketResource, withoutArchived(page)),
    }),
  }),
  defineRoute({
    operationId: 'getTicket',
    method: 'get',
    path: '/v1/tickets/{ticketId}',
    tag,
    summary: 'Read a ticket',
    access: reading,
    params: ticketParams,
    answers: { status: 200, schema: ticket, description: 'The ticket.' },
    handle: async ({ context, params }) => ({
      body: await readTicket(context, params.ticketId),
    }),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'updateTicket',
    method: 'patch',
    path: '/v1/tickets/{ticketId}',
    summary: 'Change a ticket',
    description:
      'Subject and description are changed at once. Priority, team, contact and order line are decisions of the ticket’s workflow: its policies are matched again (spec.md §7). Send the two kinds in requests of their own, so that neither can succeed without the other.',
    body: ticketChanges,
    refusals: ['ticket_archived'],
    handle: async (request) => {
      const { subject: newSubject, description, ...changes } = request.body;
      const decided = Object.keys(defined(changes));
      if (decided.length === 0) {
        const { context, params, expectedVersion } = request;
        const ticketId = await resolveTicketId(context, params.ticketId);
        const wording = { subject: newSubject, description };
        return { body: await updateTicket(context, ticketId, wording, expectedVersion) };
      }
      if (newSubject !== undefined || description !== undefined) {
        throw new DomainError(
          'validation_failed',
          'Send the wording in a request of its own; nothing was changed.',
          {
            fields: decided.map((name) => ({
              pointer: `/${name}`,
              code: 'not_together',
              detail: 'This cannot be changed together with subject and description.',
            })),
          },
        );
      }
      if (changes.teamId !== undefined) {
        const { teamId } = await readTicket(request.context, request.params.ticketId);
        if (changes.teamId !== teamId) await requireTeam(request.context, changes.teamId);
      }
      return decide(request, () => ({ kind: 'change_attributes', changes: defined(changes) }));
    },
  }),
  ...createTicketRoutes,
  ...decisionRoutes,
  ...workflowRoutes,
];

/** The list shows what is at work unless archived tickets are asked for. */
function withoutArchived(page: PageQuery): PageQuery {
  return { ...page, filters: { archived: 'false', ...page.filters } };
}

import { z } from 'zod';
import { listPage, type PageQuery, readOne } from '../../../services/listing';
import { resolveTicketId } from '../../../services/tickets/resolve-ticket';
import { ticketResource } from '../../../services/tickets/ticket';
import { updateTicket } from '../../../services/tickets/update-ticket';
import { defineRoute, internalRoles, supportRoles } from '../../route';
import { pageOf } from '../../schemas';
import { subject, ticket, ticketParams, ticketText } from './schemas';

const tag = 'Tickets';
const reading = { roles: internalRoles, scope: 'tickets:read' } as const;
const writing = { roles: supportRoles, scope: 'tickets:write' } as const;

const ticketChanges = z.strictObject({ subject: subject.optional(), description: ticketText.optional() });

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
      body: await readOne(context, ticketResource, await resolveTicketId(context, params.ticketId)),
    }),
  }),
  defineRoute({
    operationId: 'updateTicket',
    method: 'patch',
    path: '/v1/tickets/{ticketId}',
    tag,
    summary: 'Change a ticket',
    description: 'Subject and description are changed at once, in one transaction.',
    access: writing,
    params: ticketParams,
    body: ticketChanges,
    guarded: true,
    refusals: ['ticket_archived'],
    answers: { status: 200, schema: ticket, description: 'The ticket as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateTicket(
        context,
        await resolveTicketId(context, params.ticketId),
        body,
        expectedVersion,
      ),
    }),
  }),
];

/** The list shows what is at work unless archived tickets are asked for. */
function withoutArchived(page: PageQuery): PageQuery {
  return { ...page, filters: { archived: 'false', ...page.filters } };
}

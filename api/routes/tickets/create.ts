import { z } from 'zod';
import { createTicket } from '../../../services/tickets/create-ticket';
import { defineRoute, supportRoles } from '../../route';
import { email, id, line } from '../../schemas';
import { bulkItem, createInBulk } from './create-in-bulk';
import { priority, subject, ticket, ticketText } from './schemas';

const ticketBody = z
  .strictObject({
    teamId: id('team'),
    subject,
    description: ticketText.optional(),
    contactId: id('contact').optional(),
    contact: z
      .strictObject({ name: line(200), email })
      .optional()
      .meta({
        description: 'The person, found by the address or created with the ticket; instead of `contactId`.',
      }),
    priority: priority.optional(),
    saleOrderLineId: id('saleOrderLine').optional(),
  })
  .refine((body) => body.contactId === undefined || body.contact === undefined, {
    path: ['contact'],
    message: 'name the contact by contactId or by contact, not both',
  });

const writing = { roles: supportRoles, scope: 'tickets:write' } as const;

export const createTicketRoutes = [
  defineRoute({
    operationId: 'createTicket',
    method: 'post',
    path: '/v1/tickets',
    tag: 'Tickets',
    summary: 'Submit a ticket',
    description:
      'A fact: it answers after the commit and never waits for Temporal. The deadlines of the matching SLA policies are computed in the same transaction; the ticket’s workflow is started right after (spec.md §2).',
    access: writing,
    confirmsCaller: true,
    body: ticketBody,
    answers: { status: 201, schema: ticket, description: 'The new ticket with its deadline.' },
    handle: async ({ context, body }) => ({ body: await createTicket(context, body) }),
  }),
  defineRoute({
    operationId: 'createTicketsInBulk',
    method: 'post',
    path: '/v1/tickets/bulk',
    tag: 'Tickets',
    summary: 'Submit up to 100 tickets',
    description:
      'Each ticket is created or refused for itself, also when the database fails; the answers are in the order of the request. Sent again with its `Idempotency-Key`, it creates what is left.',
    access: writing,
    body: z.strictObject({ tickets: z.array(ticketBody).min(1).max(100) }),
    answers: {
      status: 200,
      schema: z.strictObject({ results: z.array(bulkItem) }),
      description: 'One result for each ticket, in order.',
    },
    handle: async ({ context, body }) => createInBulk(context, body.tickets),
  }),
];

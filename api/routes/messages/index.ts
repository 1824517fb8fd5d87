import { z } from 'zod';
import { listMessages } from '../../../services/messages/list-messages';
import { messageResource } from '../../../services/messages/message';
import { postMessage } from '../../../services/messages/post-message';
import { defineRoute, internalRoles, supportRoles } from '../../route';
import { answeredInstant, id, pageOf, text } from '../../schemas';
import { ticketParams } from '../tickets/schemas';

const tag = 'Tickets';

const format = z.enum(['text']).meta({
  description: 'Plain text; this release takes no HTML, because it could not make it safe to show.',
});

const messageBody = z.strictObject({
  body: text(50_000).regex(/\S/u, 'must not be blank'),
  format: format.optional(),
  internal: z.boolean().optional().meta({
    description: 'A note among colleagues that customers never see; false when left out.',
  }),
});

const message = z
  .strictObject({
    id: id('message'),
    ticketId: id('ticket'),
    userId: id('user').nullable(),
    contactId: id('contact').nullable(),
    body: z.string(),
    format,
    internal: z.boolean(),
    createdAt: answeredInstant,
  })
  .meta({ id: 'Message', description: 'Something a user or a contact said on a ticket.' });

export const messageRoutes = [
  defineRoute({
    operationId: 'listMessages',
    method: 'get',
    path: '/v1/tickets/{ticketId}/messages',
    tag,
    summary: 'List the messages of a ticket',
    access: { roles: internalRoles, scope: 'tickets:read' },
    params: ticketParams,
    list: messageResource,
    answers: { status: 200, schema: pageOf(message), description: 'One page.' },
    handle: async ({ context, params, page }) => ({
      body: await listMessages(context, params.ticketId, page),
    }),
  }),
  defineRoute({
    operationId: 'postMessage',
    method: 'post',
    path: '/v1/tickets/{ticketId}/messages',
    tag,
    summary: 'Write a message on a ticket',
    description: 'Its author is the caller. The answer goes out once it is committed.',
    access: { roles: supportRoles, scope: 'tickets:write' },
    params: ticketParams,
    body: messageBody,
    refusals: ['ticket_archived'],
    answers: { status: 201, schema: message, description: 'The message.' },
    handle: async ({ context, params, body }) => ({
      body: await postMessage(context, params.ticketId, {
        body: body.body,
        format: body.format ?? 'text',
        internal: body.internal ?? false,
      }),
    }),
  }),
];

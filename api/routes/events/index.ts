import { z } from 'zod';
import { eventResource } from '../../../services/events/event';
import { listTicketEvents } from '../../../services/events/list-ticket-events';
import { readFeed } from '../../../services/events/read-feed';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { actor, answeredInstant, id, pageOf } from '../../schemas';
import { ticketParams } from '../tickets/schemas';

const tag = 'Events';

const eventMembers = {
  id: id('event'),
  kind: z.string().meta({ description: 'What happened, such as `ticket.updated`.' }),
  subjectId: z.string().meta({ description: 'The record that was changed.' }),
  ticketId: id('ticket').nullable(),
  actor,
  before: z
    .unknown()
    .meta({ description: 'The changed record before, or its changed members; null when it is new.' }),
  after: z.unknown().meta({ description: 'The same after the change; null when it is gone.' }),
  reason: z.string().nullable(),
  commandId: z.string().nullable(),
  requestId: z.string().nullable(),
  createdAt: answeredInstant,
};

const event = z
  .strictObject(eventMembers)
  .meta({ id: 'Event', description: 'One change: who, what, before, after, why. It never changes itself.' });

const feedEvent = z
  .strictObject({
    ...eventMembers,
    cursor: z.string().meta({ description: 'Send it as `after` to read what follows this event.' }),
  })
  .meta({ id: 'FeedEvent' });

const feedQuery = z.strictObject({
  after: z.string().max(100).optional().meta({
    description: 'The `cursor` of the last event that was read; from the first event when left out.',
  }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .refine((value) => Number(value) >= 1 && Number(value) <= 200, 'must be from 1 to 200')
    .optional()
    .meta({ description: 'How many events a page holds, 1 to 200; 100 when left out.' }),
});

export const eventRoutes = [
  defineRoute({
    operationId: 'readEvents',
    method: 'get',
    path: '/v1/events',
    tag,
    summary: 'Read the company’s events in order',
    description:
      'One feed without gaps: an event that commits late never appears behind a cursor already given out. `nextCursor` is null when there is nothing more just now; keep the last event’s `cursor` and ask again. A manager reads nothing here of teams and tickets that are private to others.',
    access: { roles: managingRoles, scope: 'events:read' },
    query: feedQuery,
    answers: {
      status: 200,
      schema: pageOf(feedEvent),
      description: 'Events after the cursor, oldest first.',
    },
    handle: async ({ context, query }) => ({
      body: await readFeed(context, { after: query.after, limit: Number(query.limit ?? 100) }),
    }),
  }),
  defineRoute({
    operationId: 'listTicketEvents',
    method: 'get',
    path: '/v1/tickets/{ticketId}/events',
    tag,
    summary: 'Read the history of a ticket',
    access: { roles: internalRoles, scope: 'events:read' },
    params: ticketParams,
    list: eventResource,
    answers: { status: 200, schema: pageOf(event), description: 'One page.' },
    handle: async ({ context, params, page }) => ({
      body: await listTicketEvents(context, params.ticketId, page),
    }),
  }),
];

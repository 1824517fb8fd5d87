import { z } from 'zod';
import type { Context } from '../../../services/context';
import { eventResource } from '../../../services/events/event';
import { listTicketEvents } from '../../../services/events/list-ticket-events';
import { beforeEveryEvent, newestEvents } from '../../../services/events/newest-events';
import { readFeed, requireCursor } from '../../../services/events/read-feed';
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
    .meta({
      description: 'How many events a page holds at most, 1 to 200; 100 when left out. Large ones are fewer.',
    }),
});

const streamQuery = z.strictObject({
  after: z.string().max(100).optional().meta({
    description:
      'The `cursor` of the last event that was read, or `now` for what happens from now on; from the first event when left out.',
  }),
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
    operationId: 'streamEvents',
    method: 'get',
    path: '/v1/events/stream',
    tag,
    summary: 'Follow the company’s events as they happen',
    description:
      'The feed of `GET /v1/events` as server-sent events: the same events in the same order without gaps, usually within a second. A browser’s `EventSource` continues by itself; others send the last `id` as `Last-Event-ID` or `after`. Comments keep the connection open, and `: live` says that everything up to now was sent. The stream ends when the server stops and when the credential expires or is revoked, or its user’s role changes; a client that does not read is cut off. Continue with a new request: nothing is missed.',
    access: { roles: managingRoles, scope: 'events:read' },
    query: streamQuery,
    resumable: true,
    refusals: ['not_ready'],
    answers: {
      status: 200,
      schema: z.string().meta({
        description:
          'Frames of `text/event-stream`: `id` is the event’s cursor, `data` a FeedEvent as in `GET /v1/events`.',
      }),
      contentType: 'text/event-stream',
      description: 'The stream, until one side ends it.',
    },
    handle: async ({ context, identity, query, lastEventId, services, signal }) => {
      const after =
        lastEventId === undefined
          ? await startingCursor(context, query.after)
          : requireCursor(lastEventId, '/header/Last-Event-ID');
      return {
        body: services.eventStreams.open(context, identity, { after, signal }),
        headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
      };
    },
  }),
  defineRoute({
    operationId: 'listTicketEvents',
    method: 'get',
    path: '/v1/tickets/{ticketId}/events',
    tag,
    summary: 'Read the history of a ticket',
    description:
      'What is committed is there at once. An event that is committed late may stand before the end of a page that was read already; who must miss nothing follows the feed, `GET /v1/events`.',
    access: { roles: internalRoles, scope: 'events:read' },
    params: ticketParams,
    list: eventResource,
    answers: { status: 200, schema: pageOf(event), description: 'One page.' },
    handle: async ({ context, params, page }) => ({
      body: await listTicketEvents(context, params.ticketId, page),
    }),
  }),
];

async function startingCursor(context: Context, after: string | undefined): Promise<string> {
  if (after === undefined) return beforeEveryEvent;
  if (after !== 'now') return requireCursor(after, '/query/after');
  const newest = await newestEvents(context.database, [context.companyId]);
  return newest.get(context.companyId) ?? beforeEveryEvent;
}

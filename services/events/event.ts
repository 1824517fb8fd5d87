import type { Actor } from '../../domain/shared/actor';
import type { Resource } from '../listing';

/** One change that was made: who, what, before, after, why (spec.md §11). */
export interface EventView {
  readonly id: string;
  readonly kind: string;
  readonly subjectId: string;
  readonly ticketId: string | null;
  readonly actor: Actor;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
  readonly commandId: string | null;
  readonly requestId: string | null;
  readonly createdAt: string;
}

/**
 * The events of a ticket; callers find the ticket, and so the right to see it, first. Their position names them
 * here, because it is their order. An event is shown as soon as it is committed, so that callers see what they did
 * themselves; one that commits late may then stand before the place a reader has come to. The feed (read-feed.ts), which
 * waits for older transactions, is what misses nothing.
 */
export const eventResource: Resource = {
  name: 'event',
  select: `e.id, e.kind, e.subject_id AS "subjectId", e.ticket_id AS "ticketId", e.actor, e.before, e.after,
    e.reason, e.command_id AS "commandId", e.request_id AS "requestId", e.created_at AS "createdAt"`,
  from: 'event e',
  company: 'e.company_id',
  id: 'e.position',
  filters: {
    kind: {
      kind: 'text',
      description: 'Events of these kinds, such as `ticket.stage_changed`.',
      sql: (values) => `e.kind = ANY(${values})`,
    },
  },
  sorts: { position: { expression: 'e.position', type: 'bigint' } },
  defaultSort: 'position',
};

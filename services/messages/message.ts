import type { Resource } from '../listing';

/** Something that was said on a ticket; exactly one of `userId` and `contactId` is its author. */
export interface MessageView {
  readonly id: string;
  readonly ticketId: string;
  readonly userId: string | null;
  readonly contactId: string | null;
  readonly body: string;
  readonly format: 'text';
  /** A note among colleagues, never shown to customers. */
  readonly internal: boolean;
  readonly createdAt: string;
}

/**
 * The messages of a ticket, in the order of their commits: what a reader has seen is the beginning of what stands
 * there later. Callers find the ticket, and so the right to see it, first.
 */
export const messageResource: Resource = {
  name: 'message',
  select: `g.id, g.ticket_id AS "ticketId", g.user_id AS "userId", g.contact_id AS "contactId", g.body, g.format,
    g.internal, g.created_at AS "createdAt"`,
  from: 'message g',
  company: 'g.company_id',
  id: 'g.id',
  filters: {
    internal: {
      kind: 'boolean',
      description: 'Notes among colleagues, or what customers see too.',
      sql: (value) => `g.internal = ${value}`,
    },
  },
  sorts: { createdAt: { expression: 'g.position', type: 'bigint' } },
  defaultSort: 'createdAt',
};

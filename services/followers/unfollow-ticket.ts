import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { change } from '../transaction';

/**
 * Ends a following of a ticket.
 * @throws DomainError `not_found` for the ticket or the follower.
 */
export async function unfollowTicket(context: Context, ticket: string, followerId: string): Promise<void> {
  await change(context, async ({ db, event }) => {
    const ticketId = await resolveTicketId(context, ticket, within(db));
    const removed = await db.$queryRaw<{ id: string; userId: string | null; contactId: string | null }[]>`
      DELETE FROM ticket_follower
      WHERE company_id = ${context.companyId} AND ticket_id = ${ticketId} AND id = ${followerId}
      RETURNING id, user_id AS "userId", contact_id AS "contactId"`;
    if (removed[0] === undefined) throw notFound('follower of the ticket');
    event({ kind: 'ticket.follower_removed', subjectId: ticketId, ticketId, before: removed[0] });
  });
}

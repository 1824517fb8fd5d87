import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { newId } from '../ids';
import { holdTicket } from '../tickets/hold-ticket';
import { change } from '../transaction';
import { type FollowerDraft, type FollowerView, requireFollower } from './follower';

/**
 * Makes a user or a contact follow a ticket. A user who follows a ticket of a private team may read it (spec.md §4).
 * @throws DomainError `not_found` for the ticket, `ticket_archived`, `validation_failed`, `already_exists`.
 */
export function followTicket(context: Context, ticket: string, draft: FollowerDraft): Promise<FollowerView> {
  return change(context, async ({ db, event }) => {
    const ticketId = await holdTicket(context, db, ticket);
    await requireFollower(context, db, draft);
    const who = { userId: draft.userId ?? null, contactId: draft.contactId ?? null };
    const follower = { id: newId('follower'), ...who, createdAt: context.now() };
    const { count } = await db.ticketFollower.createMany({
      data: [{ companyId: context.companyId, ticketId, ...follower }],
      skipDuplicates: true,
    });
    if (count === 0) throw new DomainError('already_exists', 'They follow the ticket already.');
    event({
      kind: 'ticket.follower_added',
      subjectId: ticketId,
      ticketId,
      after: { id: follower.id, ...who },
    });
    return { ...follower, createdAt: follower.createdAt.toISOString() };
  });
}

import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import type { Resource } from '../listing';
import { requireUser } from '../teams/require-user';

/** Somebody who is told of what happens: a user or, from outside, a contact (spec.md §4). */
export interface FollowerView {
  readonly id: string;
  readonly userId: string | null;
  readonly contactId: string | null;
  readonly createdAt: string;
}

/** Exactly one of the two is given. */
export interface FollowerDraft {
  readonly userId?: string | null | undefined;
  readonly contactId?: string | null | undefined;
}

function followersIn(table: 'team_follower' | 'ticket_follower'): Resource {
  return {
    name: 'follower',
    select: 'f.id, f.user_id AS "userId", f.contact_id AS "contactId", f.created_at AS "createdAt"',
    from: `${table} f`,
    company: 'f.company_id',
    id: 'f.id',
    filters: {},
    sorts: { createdAt: { expression: 'f.id', type: 'text' } },
    defaultSort: 'createdAt',
  };
}

/** The followers of a team or ticket; callers find that record, and so the right to see it, first. */
export const teamFollowerResource = followersIn('team_follower');
export const ticketFollowerResource = followersIn('ticket_follower');

/**
 * Checks that who shall follow is this company's user or contact.
 * @throws DomainError `validation_failed` at `/userId` or `/contactId`.
 */
export async function requireFollower(
  context: Context,
  db: Transaction,
  draft: FollowerDraft,
): Promise<void> {
  if (typeof draft.userId === 'string') await requireUser(context, db, draft.userId, '/userId');
  if (typeof draft.contactId !== 'string') return;
  const contact = await db.contact.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: draft.contactId } },
    select: { id: true },
  });
  if (contact === null) throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
}

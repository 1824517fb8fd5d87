import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { holdTicket } from '../tickets/hold-ticket';
import { change } from '../transaction';
import { type MessageView, messageResource } from './message';

/** Names the locks that keep the messages of a ticket in order; the other half of each is the ticket. */
const messageLock = 72_707_371;

export interface MessageDraft {
  readonly body: string;
  readonly format: 'text';
  readonly internal: boolean;
}

/**
 * Records a message of the acting user or contact on a ticket: a fact (spec.md §2), written with its event in one
 * transaction. The event names the message and leaves its text in the one place where it stands.
 * @throws DomainError `not_found`, `ticket_archived`, `forbidden` for an actor who is no person.
 */
export function postMessage(context: Context, ticket: string, draft: MessageDraft): Promise<MessageView> {
  return change(context, async ({ db, event }) => {
    const author = authorOf(context);
    const ticketId = await holdTicket(context, db, ticket);
    await waitForOthers(db, ticketId);
    const id = newId('message');
    await db.message.create({
      data: { companyId: context.companyId, id, ticketId, ...author, ...draft, createdAt: context.now() },
    });
    event({
      kind: 'message.posted',
      subjectId: id,
      ticketId,
      after: { id, ...author, format: draft.format, internal: draft.internal },
    });
    return readOne<MessageView>(context, messageResource, id, within(db));
  });
}

/**
 * Messages of one ticket are committed one after the other, so that their positions have the order of their commits;
 * else one that was begun earlier would appear before one that readers have seen already.
 */
async function waitForOthers(db: Transaction, ticketId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${messageLock}::int, hashtext(${ticketId}))`;
}

function authorOf(context: Context): { readonly userId: string } | { readonly contactId: string } {
  const { actor } = context;
  if (actor.type === 'user') return { userId: actor.userId };
  if (actor.type === 'contact') return { contactId: actor.contactId };
  throw new DomainError('forbidden', 'Only a person can write a message.');
}

import type { Context } from '../context';
import type { Page, PageQuery } from '../listing';
import { listUnder } from '../listing-under';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { type MessageView, messageResource } from './message';

/**
 * One page of a ticket's conversation, oldest first unless asked otherwise.
 * @throws DomainError `not_found` when the ticket is not there for this caller.
 */
export async function listMessages(
  context: Context,
  ticket: string,
  page: PageQuery,
): Promise<Page<MessageView>> {
  const id = await resolveTicketId(context, ticket);
  return listUnder<MessageView>(context, messageResource, { column: 'g.ticket_id', id }, page);
}

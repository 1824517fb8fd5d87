import type { Context } from '../context';
import type { Page, PageQuery } from '../listing';
import { listUnder } from '../listing-under';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { type EventView, eventResource } from './event';

/**
 * One page of a ticket's history, oldest first unless asked otherwise.
 * @throws DomainError `not_found` when the ticket is not there for this caller.
 */
export async function listTicketEvents(
  context: Context,
  ticket: string,
  page: PageQuery,
): Promise<Page<EventView>> {
  const id = await resolveTicketId(context, ticket);
  return listUnder<EventView>(context, eventResource, { column: 'e.ticket_id', id }, page);
}

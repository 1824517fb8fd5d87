import type { Context } from '../context';
import { readOne } from '../listing';
import { prepared } from '../statements-transaction';
import { resolveTicketId } from './resolve-ticket';
import { type TicketView, ticketResource } from './ticket';

/**
 * The ticket that an id or a reference number (`42`) names, when this caller may see it; with an id in one round trip.
 * @throws DomainError `not_found` for unknown, foreign and invisible tickets alike.
 */
export async function readTicket(context: Context, idOrNumber: string): Promise<TicketView> {
  const sql = prepared(context.database.pool);
  const isNumber = /^\d/.test(idOrNumber);
  const id = isNumber ? await resolveTicketId(context, idOrNumber, sql) : idOrNumber;
  return readOne<TicketView>(context, ticketResource, id, sql);
}

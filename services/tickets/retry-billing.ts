import type { Context } from '../context';
import { readOne } from '../listing';
import { changeByStatements } from '../transaction';
import { lockTicket } from './decision';
import { type TicketView, ticketResource } from './ticket';

/**
 * Records that an operator takes billing up again, and why; the ticket's workflow then bills what is pending. Also
 * on an archived ticket, whose logged time is still owed.
 * @throws DomainError `not_found`
 */
export function retryBilling(
  context: Context,
  ticketId: string,
  request: { readonly reason?: string | undefined },
): Promise<TicketView> {
  return changeByStatements(context, async (work) => {
    await lockTicket(context, work.sql, ticketId);
    work.event({
      kind: 'ticket.billing_retried',
      subjectId: ticketId,
      ticketId,
      ...(request.reason === undefined ? {} : { reason: request.reason }),
    });
    return readOne<TicketView>({ ...context, role: null }, ticketResource, ticketId, work.sql);
  });
}

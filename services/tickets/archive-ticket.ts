import type { Context } from '../context';
import { settleClocks } from '../sla/settle-clocks';
import { type DecisionGuard, decideOnTicket } from './decision';
import type { TicketView } from './ticket';

/**
 * Puts a ticket away: it leaves lists and boards, its running clocks are cancelled and its workflow ends. Time
 * and invoices keep referring to it.
 * @throws DomainError `ticket_archived` when it is archived already.
 */
export function archiveTicket(
  context: Context,
  ticketId: string,
  request: { readonly reason?: string | undefined },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    const archivedAt = context.now();
    await work.sql.query(
      `UPDATE ticket SET archived_at = $3, version = version + 1, updated_at = $3
      WHERE company_id = $1 AND id = $2`,
      [context.companyId, ticketId, archivedAt.toISOString()],
    );
    work.event({
      kind: 'ticket.archived',
      subjectId: ticketId,
      ticketId,
      after: { archivedAt: archivedAt.toISOString() },
      ...(request.reason === undefined ? {} : { reason: request.reason }),
    });
    await settleClocks(
      context,
      work,
      { ...ticket, archivedAt },
      { cause: 'archived', reason: request.reason },
    );
  });
}

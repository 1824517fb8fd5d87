import { invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { nextVersion } from '../update';
import { type DecisionGuard, decideOnTicket } from './decision';
import type { TicketView } from './ticket';

/**
 * Gives the ticket to a user, or to nobody. Giving it to who has it changes nothing.
 * @throws DomainError `validation_failed` at `/userId` for unknown and inactive users.
 */
export function assignTicket(
  context: Context,
  ticketId: string,
  assignment: { readonly userId: string | null; readonly reason?: string | undefined },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async ({ db, event, unchanged }, ticket) => {
    const { userId, reason } = assignment;
    if (userId === ticket.assigneeId) {
      unchanged();
      return;
    }
    if (userId !== null) {
      const user = await db.user.findUnique({
        where: { companyId_id: { companyId: context.companyId, id: userId } },
      });
      if (user?.active !== true)
        throw invalidField('/userId', 'unknown_reference', 'There is no such active user.');
    }
    await db.ticket.update({
      where: { companyId_id: { companyId: context.companyId, id: ticketId } },
      data: { assigneeId: userId, ...nextVersion(context) },
    });
    event({
      kind: 'ticket.assigned',
      subjectId: ticketId,
      ticketId,
      before: { assigneeId: ticket.assigneeId },
      after: { assigneeId: userId },
      ...(reason === undefined ? {} : { reason }),
    });
  });
}

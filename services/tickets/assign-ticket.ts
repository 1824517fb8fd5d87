import { invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
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
  return decideOnTicket(context, ticketId, guard, async ({ sql, event, unchanged }, ticket) => {
    const { userId, reason } = assignment;
    if (userId === ticket.assigneeId) {
      unchanged(ticketId);
      return;
    }
    if (userId !== null) {
      const { rows } = await sql.query(
        'SELECT id FROM user_account WHERE company_id = $1 AND id = $2 AND active',
        [context.companyId, userId],
      );
      if (rows.length === 0)
        throw invalidField('/userId', 'unknown_reference', 'There is no such active user.');
    }
    await sql.query(
      `UPDATE ticket SET assignee_id = $3, version = version + 1, updated_at = $4
      WHERE company_id = $1 AND id = $2`,
      [context.companyId, ticketId, userId, context.now().toISOString()],
    );
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

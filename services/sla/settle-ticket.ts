import type { Context } from '../context';
import { type DecisionGuard, decideOnTicket, lockTicket } from '../tickets/decision';
import type { TicketView } from '../tickets/ticket';
import { changeByStatements } from '../transaction';
import type { ClockCause } from './plan-clocks';
import { settleClocks } from './settle-clocks';

/**
 * Settles everything that is due on a ticket by the context's clock: warnings, breaches at their deadline with
 * the instant they were observed. Nothing due changes nothing, however often it is called (spec.md §7).
 * @throws DomainError `not_found`
 */
export function settleTicket(context: Context, ticketId: string, cause: ClockCause): Promise<void> {
  return changeByStatements(context, async (work) => {
    const ticket = await lockTicket(context, work.sql, ticketId);
    work.unchanged();
    await settleClocks(context, work, ticket, { cause });
  });
}

/**
 * Computes the clocks anew with the team's present calendar, on an operator's word; the reason stands in each
 * moved deadline's list of changes.
 * @throws DomainError `not_found`, `ticket_archived`
 */
export function recalculateSla(
  context: Context,
  ticketId: string,
  request: { readonly reason?: string | undefined },
  guard: DecisionGuard = {},
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    await settleClocks(context, work, ticket, { cause: 'recalculated', reason: request.reason });
    work.event({
      kind: 'sla.recalculated',
      subjectId: ticketId,
      ticketId,
      ...(request.reason === undefined ? {} : { reason: request.reason }),
    });
  });
}

import { assertNever } from '../../domain/shared/assert-never';
import { DomainError } from '../../domain/shared/errors';
import type { TicketDecision } from '../../domain/ticket/decisions';
import type { Context } from '../context';
import { toJson } from '../json';
import { recalculateSla } from '../sla/settle-ticket';
import { change } from '../transaction';
import { archiveTicket } from './archive-ticket';
import { assignTicket } from './assign-ticket';
import { changeTicketAttributes } from './change-attributes';
import type { DecisionGuard } from './decision';
import { closeTicket, moveTicket, reopenTicket } from './move-ticket';
import { retryBilling } from './retry-billing';
import type { TicketView } from './ticket';

/**
 * Takes one decision on a ticket, exactly once by its command: asked again it answers what it answered. A refusal
 * is kept with the command, so that a caller who was told to wait finds it.
 * @throws DomainError with the refusal.
 */
export async function decideTicket(
  context: Context,
  ticketId: string,
  decision: TicketDecision,
  guard: DecisionGuard,
): Promise<TicketView> {
  try {
    return await dispatch(context, ticketId, decision, guard);
  } catch (error) {
    if (error instanceof DomainError && context.command?.replayed !== true && isRefusal(error)) {
      await recordRefusal(context, ticketId, decision, error);
    }
    throw error;
  }
}

/** Whether the answer is about the request itself, not about a key that another request holds. */
function isRefusal(error: DomainError): boolean {
  return (
    error.code !== 'idempotency_key_reused' &&
    error.code !== 'not_found' &&
    error.code !== 'database_unavailable'
  );
}

function dispatch(
  context: Context,
  ticketId: string,
  decision: TicketDecision,
  guard: DecisionGuard,
): Promise<TicketView> {
  switch (decision.kind) {
    case 'move_stage':
      return moveTicket(context, ticketId, decision, guard);
    case 'assign':
      return assignTicket(context, ticketId, decision, guard);
    case 'change_attributes':
      return changeTicketAttributes(context, ticketId, decision, guard);
    case 'close':
      return closeTicket(context, ticketId, decision, guard);
    case 'reopen':
      return reopenTicket(context, ticketId, decision, guard);
    case 'archive':
      return archiveTicket(context, ticketId, decision, guard);
    case 'recalculate_sla':
      return recalculateSla(context, ticketId, decision, guard);
    case 'retry_billing':
      return retryBilling(context, ticketId, decision);
    default:
      return assertNever(decision);
  }
}

/** Keeps the refusal with its command, and as an event on the ticket when an operator's signal was refused (spec.md §2). */
async function recordRefusal(
  context: Context,
  ticketId: string,
  decision: TicketDecision,
  refusal: DomainError,
): Promise<void> {
  const { command } = context;
  await change({ ...context, command: null }, async ({ db, event, unchanged }) => {
    unchanged();
    if (command !== null) {
      const result = { code: refusal.code, message: refusal.message, details: refusal.details };
      const kept = await db.$executeRaw`
        INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result)
        VALUES (${context.companyId}, ${command.commandId}, ${command.fingerprint}, 'refused', ${ticketId}, ${toJson(result)}::jsonb)
        ON CONFLICT (company_id, command_id) DO UPDATE SET status = 'refused', result = excluded.result
          WHERE idempotency_key.status = 'pending'`;
      if (kept === 0) return;
    }
    if (context.actor.type !== 'operator') return;
    event({
      kind: 'ticket.decision_refused',
      subjectId: ticketId,
      ticketId,
      after: { decision: decision.kind, code: refusal.code, message: refusal.message },
      ...(decision.reason === undefined ? {} : { reason: decision.reason }),
    });
  });
}

import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { type TicketView, ticketResource } from './ticket';

/** The members of a ticket that no clock, bill or workflow depends on (api.md: plain). */
export interface TicketTextChanges {
  readonly subject?: string | undefined;
  readonly description?: string | undefined;
}

/**
 * Changes the wording of a ticket in one guarded transaction; what a decision changes is not taken here.
 * @throws DomainError `not_found`, `precondition_failed`, `ticket_archived`.
 */
export function updateTicket(
  context: Context,
  id: string,
  changes: TicketTextChanges,
  expectedVersion: number | undefined,
): Promise<TicketView> {
  return updateRecord<TicketView>(context, {
    resource: ticketResource,
    table: 'ticket',
    id,
    expectedVersion,
    eventKind: 'ticket.updated',
    ticketId: id,
    write: async ({ db }, before) => {
      if (before.archivedAt !== null) {
        throw new DomainError('ticket_archived', 'The ticket is archived; nothing was changed.');
      }
      await db.ticket.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
    },
  });
}

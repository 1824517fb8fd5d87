import { DomainError, notFound } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { resolveTicketId } from './resolve-ticket';

/**
 * Finds a ticket that this caller may see and that takes new facts, and keeps it from being archived until the
 * transaction ends; facts on the same ticket do not wait for each other.
 * @throws DomainError `not_found`, `ticket_archived`.
 */
export async function holdTicket(context: Context, db: Transaction, idOrNumber: string): Promise<string> {
  const ticketId = await resolveTicketId(context, idOrNumber, within(db));
  const rows = await db.$queryRaw<{ archived: boolean }[]>`
    SELECT archived_at IS NOT NULL AS archived FROM ticket
    WHERE company_id = ${context.companyId} AND id = ${ticketId} FOR SHARE`;
  if (rows[0] === undefined) throw notFound('ticket');
  if (rows[0].archived) {
    throw new DomainError('ticket_archived', 'The ticket is archived; nothing was changed.');
  }
  return ticketId;
}

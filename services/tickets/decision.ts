import { DomainError, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change, type UnitOfWork } from '../transaction';
import { type TicketView, ticketResource } from './ticket';

/** A ticket as a decision finds it, locked until the decision commits. */
export interface LockedTicket {
  readonly id: string;
  readonly teamId: string;
  readonly stageId: string;
  readonly priority: number;
  readonly contactId: string | null;
  readonly assigneeId: string | null;
  readonly saleOrderLineId: string | null;
  readonly closedAt: Date | null;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly version: number;
}

/** The ticket's row, locked: two decisions on one ticket are never under way at once. @throws DomainError `not_found` */
export async function lockTicket(
  context: Context,
  work: UnitOfWork,
  ticketId: string,
): Promise<LockedTicket> {
  const [row] = await work.db.$queryRaw<LockedTicket[]>`
    SELECT id, team_id AS "teamId", stage_id AS "stageId", priority, contact_id AS "contactId", assignee_id AS "assigneeId",
      sale_order_line_id AS "saleOrderLineId", closed_at AS "closedAt", archived_at AS "archivedAt",
      created_at AS "createdAt", version
    FROM ticket WHERE company_id = ${context.companyId} AND id = ${ticketId} FOR UPDATE`;
  if (row === undefined) throw notFound('ticket');
  return row;
}

export interface DecisionGuard {
  /** The version the caller based its decision on, from `If-Match`. */
  readonly expectedVersion?: number | undefined;
}

/**
 * One guarded transaction of a decision (spec.md §2): locks the ticket, refuses archived ones and moved-on
 * versions, lets the verb write, and answers the ticket as it stands then.
 * @throws DomainError `not_found`, `precondition_failed`, `ticket_archived`, and what `write` refuses with.
 */
export function decideOnTicket(
  context: Context,
  ticketId: string,
  guard: DecisionGuard,
  write: (work: UnitOfWork, ticket: LockedTicket) => Promise<void>,
): Promise<TicketView> {
  return change(context, async (work) => {
    const ticket = await lockTicket(context, work, ticketId);
    requireVersion(ticket.version, guard.expectedVersion);
    if (ticket.archivedAt !== null) {
      throw new DomainError('ticket_archived', 'The ticket is archived; nothing was changed.', {
        state: { stageId: ticket.stageId, version: ticket.version },
      });
    }
    await write(work, ticket);
    return readOne<TicketView>({ ...context, role: null }, ticketResource, ticketId, within(work.db));
  });
}

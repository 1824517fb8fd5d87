import { DomainError, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { type Queryable, readOne, requireVersion } from '../listing';
import { changeByStatements, type StatementWork } from '../transaction';
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

type LockedRow = Omit<LockedTicket, 'closedAt' | 'archivedAt' | 'createdAt'> & {
  readonly closedAt: string | null;
  readonly archivedAt: string | null;
  readonly createdAt: string;
};

/** The ticket's row, locked: two decisions on one ticket are never under way at once. @throws DomainError `not_found` */
export async function lockTicket(context: Context, sql: Queryable, ticketId: string): Promise<LockedTicket> {
  const { rows } = await sql.query(
    `SELECT id, team_id AS "teamId", stage_id AS "stageId", priority, contact_id AS "contactId", assignee_id AS "assigneeId",
      sale_order_line_id AS "saleOrderLineId", closed_at AS "closedAt", archived_at AS "archivedAt",
      created_at AS "createdAt", version
    FROM ticket WHERE company_id = $1 AND id = $2 FOR UPDATE`,
    [context.companyId, ticketId],
  );
  const row = rows[0] as LockedRow | undefined;
  if (row === undefined) throw notFound('ticket');
  const toDate = (instant: string | null): Date | null => (instant === null ? null : new Date(instant));
  return {
    ...row,
    closedAt: toDate(row.closedAt),
    archivedAt: toDate(row.archivedAt),
    createdAt: new Date(row.createdAt),
  };
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
  write: (work: StatementWork, ticket: LockedTicket) => Promise<void>,
): Promise<TicketView> {
  return changeByStatements(context, async (work) => {
    const ticket = await lockTicket(context, work.sql, ticketId);
    requireVersion(ticket.version, guard.expectedVersion);
    if (ticket.archivedAt !== null) {
      throw new DomainError('ticket_archived', 'The ticket is archived; nothing was changed.', {
        state: { stageId: ticket.stageId, version: ticket.version },
      });
    }
    await write(work, ticket);
    return readOne<TicketView>({ ...context, role: null }, ticketResource, ticketId, work.sql);
  });
}

import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import { ticketPlace } from '../../prisma/statements/charged-line';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { visibleTickets } from '../tickets/visibility';
import { storedResult } from '../transaction';
import { mayChangeTimeOfOthers } from './access';
import { refusalOfLine } from './order-line-of-time';
import type { TimeDraft } from './timesheet';

/**
 * What the command was answered before, where it was; says on the command that the answer is a stored one.
 * @throws DomainError `idempotency_key_reused` (the key belongs to another request).
 */
export async function storedAnswer<Answer>(context: Context): Promise<Answer | undefined> {
  if (context.command === null) return undefined;
  const row = await context.database.prisma.idempotencyKey.findUnique({
    where: { companyId_commandId: { companyId: context.companyId, commandId: context.command.commandId } },
  });
  if (row === null) return undefined;
  const stored = storedResult(row, context.command);
  context.command.replayed = true;
  return stored as Answer;
}

/** Why logging this time is refused at this moment, by the rules of `logTime`; `undefined` when it is not. */
export async function refusalOfLogging(
  context: Context,
  draft: Pick<TimeDraft, 'ticketId' | 'employeeId' | 'saleOrderLineId'>,
  db: Transaction = context.database.prisma,
): Promise<DomainError | undefined> {
  return (
    (await refusalOfTicket(context, draft.ticketId, db)) ??
    (await refusalOfEmployee(context, draft.employeeId, db)) ??
    (draft.saleOrderLineId === undefined
      ? undefined
      : await refusalOfLine(context, draft.ticketId, draft.saleOrderLineId, within(db)))
  );
}

interface TicketPlace {
  readonly team_id: string;
  readonly archived_at: string | null;
  readonly timesheets_enabled: boolean;
  readonly project_id: string | null;
}

async function refusalOfTicket(
  context: Context,
  ticketId: string,
  db: Transaction,
): Promise<DomainError | undefined> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const text = `${ticketPlace(bind(context.companyId), bind(ticketId))} AND ${visibleTickets(context, bind)}`;
  const { rows } = await within(db).query(text, values);
  const place = rows[0] as TicketPlace | undefined;
  if (place === undefined) return invalidField('/ticketId', 'unknown_reference', 'There is no such ticket.');
  if (place.archived_at !== null) {
    return new DomainError('ticket_archived', 'The ticket is archived; time can no longer be logged on it.');
  }
  if (!place.timesheets_enabled || place.project_id === null) {
    return new DomainError(
      'timesheets_disabled',
      'The team of this ticket does not log time; switch on timesheets and name a project in its settings.',
      { state: { teamId: place.team_id } },
    );
  }
  return undefined;
}

/** Why this caller may not log time for the employee, by default their own. */
async function refusalOfEmployee(
  context: Context,
  employeeId: string | undefined,
  db: Transaction,
): Promise<DomainError | undefined> {
  const { companyId, actor } = context;
  const own =
    actor.type === 'user'
      ? await db.employee.findFirst({ where: { companyId, userId: actor.userId } })
      : null;
  if (employeeId === undefined) {
    if (own !== null) return undefined;
    return new DomainError(
      'no_employee',
      'You are not set up as an employee, so there is nobody to log the time for; name an employee.',
    );
  }
  if (employeeId === own?.id) return undefined;
  if (!mayChangeTimeOfOthers(context)) {
    return new DomainError('forbidden', 'Only managers and administrators log time for others.');
  }
  const employee = await db.employee.findUnique({
    where: { companyId_id: { companyId, id: employeeId } },
  });
  if (employee !== null) return undefined;
  return invalidField('/employeeId', 'unknown_reference', 'There is no such employee.');
}

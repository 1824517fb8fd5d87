import type { Context } from '../context';
import { newId } from '../ids';
import { within } from '../prisma-queryable';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { refusalOfLogging } from '../timesheets/refusal-of-logging';
import { change } from '../transaction';
import { employeeOfTimer, type TimerView } from './timer';

/**
 * Starts the timer of an employee on a ticket, where time could be logged. One that runs already goes on as it
 * is, also when several start it at once.
 * @throws DomainError `not_found`, `ticket_archived`, `timesheets_disabled`, `no_employee`, `forbidden` (the
 * timer of others), `validation_failed` at `/employeeId`.
 */
export function startTimer(
  context: Context,
  ticket: string,
  start: { readonly employeeId?: string | undefined },
): Promise<{ readonly timer: TimerView; readonly started: boolean }> {
  return change(context, async ({ db, event, unchanged }) => {
    const ticketId = await resolveTicketId(context, ticket, within(db));
    const refusal = await refusalOfLogging(context, { ticketId, employeeId: start.employeeId }, db);
    if (refusal !== undefined) throw refusal;
    const { companyId } = context;
    const employeeId = await employeeOfTimer(context, start.employeeId, db);
    // Of two at once the second waits for the first and finds its timer.
    const [running] = await db.$queryRaw<{ id: string; startedAt: Date; started: boolean }[]>`
      INSERT INTO running_timer AS r (company_id, id, ticket_id, employee_id, started_at)
      VALUES (${companyId}, ${newId('timer')}, ${ticketId}, ${employeeId}, ${context.now()})
      ON CONFLICT (company_id, employee_id, ticket_id) DO UPDATE SET started_at = r.started_at
      RETURNING r.id, r.started_at AS "startedAt", (r.xmax = 0) AS started`;
    if (running === undefined) throw new Error('an insert answered no row');
    const { id, startedAt, started } = running;
    const timer: TimerView = { id, ticketId, employeeId, startedAt: startedAt.toISOString() };
    if (started) event({ kind: 'timer.started', subjectId: id, ticketId, after: timer });
    else unchanged();
    return { timer, started };
  });
}

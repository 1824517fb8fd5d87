import { longestEntryMinutes, timedMinutes } from '../../domain/billing/timer';
import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { logTimeWithin } from '../timesheets/log-time';
import { refusalOfLogging } from '../timesheets/refusal-of-logging';
import type { TimesheetView } from '../timesheets/timesheet';
import { change } from '../transaction';
import { employeeOfTimer } from './timer';

export interface TimerStop {
  readonly employeeId?: string | undefined;
  readonly description: string;
  readonly billable: boolean;
  readonly saleOrderLineId?: string | undefined;
  /** What to log in place of what was measured, 1 to 1440. */
  readonly minutes?: number | undefined;
}

/**
 * Stops a timer and logs its time by the rules of `logTime`, in one transaction: of two stops at once one makes
 * the entry. Its minutes are the nearest whole ones, at least one; its date is the one on which the timer was
 * started, in the company's time zone. A refused stop leaves the timer running.
 * @throws DomainError `timer_not_running`, `timer_over_a_day` (say the minutes), and what `logTime` refuses with.
 */
export function stopTimer(context: Context, ticket: string, stop: TimerStop): Promise<TimesheetView> {
  return change(context, async ({ db, event }) => {
    const ticketId = await resolveTicketId(context, ticket, within(db));
    const refusal = await refusalOfLogging(context, { ...stop, ticketId }, db);
    if (refusal !== undefined) throw refusal;
    const employeeId = await employeeOfTimer(context, stop.employeeId, db);
    const timer = await takeTimer(context, db, ticketId, employeeId);
    const measured = timedMinutes(timer.startedAt.getTime(), context.now().getTime());
    const minutes = stop.minutes ?? measured;
    if (minutes > longestEntryMinutes) {
      throw new DomainError(
        'timer_over_a_day',
        `The timer has run for ${measured} minutes, and an entry holds at most ${longestEntryMinutes}; say how many to log.`,
        { state: { startedAt: timer.startedAt.toISOString(), measuredMinutes: measured } },
      );
    }
    const { description, billable, saleOrderLineId } = stop;
    const entry = await logTimeWithin(context, db, {
      ticketId,
      employeeId,
      date: timer.date,
      minutes,
      description,
      billable,
      saleOrderLineId,
    });
    event({
      kind: 'timer.stopped',
      subjectId: timer.id,
      ticketId,
      before: { employeeId, startedAt: timer.startedAt },
      after: { timesheetId: entry.id, measuredMinutes: measured, minutes },
    });
    return entry;
  });
}

interface TakenTimer {
  readonly id: string;
  readonly startedAt: Date;
  /** On which it was started, in the company's time zone. */
  readonly date: string;
}

async function takeTimer(
  context: Context,
  db: Transaction,
  ticketId: string,
  employeeId: string,
): Promise<TakenTimer> {
  const [timer] = await db.$queryRaw<TakenTimer[]>`
    DELETE FROM running_timer r USING company c
    WHERE c.id = r.company_id AND r.company_id = ${context.companyId} AND r.ticket_id = ${ticketId}
      AND r.employee_id = ${employeeId}
    RETURNING r.id, r.started_at AS "startedAt", (r.started_at AT TIME ZONE c.timezone)::date::text AS date`;
  if (timer !== undefined) return timer;
  throw new DomainError(
    'timer_not_running',
    'No timer runs for this employee on this ticket; it was stopped or never started.',
  );
}

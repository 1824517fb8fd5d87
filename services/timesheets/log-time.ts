import { logTimePlaceholders, runLogTime } from '../../prisma/statements/log-time';
import type { Context } from '../context';
import { newId } from '../ids';
import { visibleTickets } from '../tickets/visibility';
import { mayChangeTimeOfOthers } from './access';
import { refusalOfLogging, storedAnswer } from './refusal-of-logging';
import type { TimeDraft, TimesheetView } from './timesheet';

const attempts = 3;

/**
 * Logs time on a ticket: a fact (spec.md §2), committed with its event and the job that tells the ticket's
 * workflow to bring the ledger up to date; the answer's billing is `pending` until then. One round trip when
 * nothing refuses; only then are the reasons looked for. The same command gives its first answer again.
 *
 * The order line (spec.md §9): the one named; else, for billable time, the ticket's while it takes time; else,
 * when the team bills time, the customer's newest confirmed prepaid line with time left; else none.
 * @throws DomainError `validation_failed` (unknown ticket, employee or line), `ticket_archived`,
 * `timesheets_disabled`, `no_employee`, `forbidden` (time of others), `order_line_not_billable`.
 */
export async function logTime(context: Context, draft: TimeDraft): Promise<TimesheetView> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await insertTime(context, draft);
    if (answer !== undefined) return answer;
    const stored = await storedAnswer<TimesheetView>(context);
    if (stored !== undefined) return stored;
    // No reason to refuse: what refused it a moment ago was changed meanwhile, so it is tried again.
    const refusal = await refusalOfLogging(context, draft);
    if (refusal !== undefined) throw refusal;
  }
  throw new Error('time could not be logged, and no rule refuses it');
}

function insertTime(context: Context, draft: TimeDraft): Promise<TimesheetView | undefined> {
  const visible = visibleTickets(context, (value) =>
    value === context.companyId ? logTimePlaceholders.companyId : logTimePlaceholders.userId,
  );
  return runLogTime<TimesheetView>(context.database, visible, {
    companyId: context.companyId,
    userId: context.actor.type === 'user' ? context.actor.userId : null,
    ticketId: draft.ticketId,
    employeeId: draft.employeeId ?? null,
    mayLogForOthers: mayChangeTimeOfOthers(context),
    date: draft.date,
    minutes: draft.minutes,
    description: draft.description,
    billable: draft.billable,
    saleOrderLineId: draft.saleOrderLineId ?? null,
    entryId: newId('timesheetEntry'),
    eventId: newId('event'),
    jobId: newId('job'),
    actor: context.actor,
    commandId: context.command?.commandId ?? null,
    fingerprint: context.command?.fingerprint ?? null,
    requestId: context.requestId,
    now: context.now().toISOString(),
  });
}

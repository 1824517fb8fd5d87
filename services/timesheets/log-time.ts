import type { Transaction } from '../../prisma/client';
import { logTimePlaceholders, type RunStatement, runLogTime } from '../../prisma/statements/log-time';
import { type Context, callerToConfirm } from '../context';
import { newId } from '../ids';
import { within } from '../prisma-queryable';
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
export async function logTime(caller: Context, draft: TimeDraft): Promise<TimesheetView> {
  let context = caller;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await insertTime(context, draft, (statement, values) =>
      context.database.pool.query({ ...statement, values }),
    );
    if (answer !== undefined) return answer;
    if (context.unconfirmed !== undefined) {
      context = await context.unconfirmed.confirm();
      continue;
    }
    const stored = await storedAnswer<TimesheetView>(context);
    if (stored !== undefined) return stored;
    // No reason to refuse: what refused it a moment ago was changed meanwhile, so it is tried again.
    const refusal = await refusalOfLogging(context, draft);
    if (refusal !== undefined) throw refusal;
  }
  throw new Error('time could not be logged, and no rule refuses it');
}

/**
 * The same inside a verb's transaction that has claimed the command already.
 * @throws DomainError what `logTime` refuses with; the transaction is then to be rolled back.
 */
export async function logTimeWithin(
  context: Context,
  db: Transaction,
  draft: TimeDraft,
): Promise<TimesheetView> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await insertTime(
      context,
      draft,
      ({ text }, values) => within(db).query(text, values),
      null,
    );
    if (answer !== undefined) return answer;
    const refusal = await refusalOfLogging(context, draft, db);
    if (refusal !== undefined) throw refusal;
  }
  throw new Error('time could not be logged, and no rule refuses it');
}

function insertTime(
  context: Context,
  draft: TimeDraft,
  run: RunStatement,
  fingerprint = context.command?.fingerprint ?? null,
): Promise<TimesheetView | undefined> {
  const visible = visibleTickets(context, (value) =>
    value === context.companyId ? logTimePlaceholders.companyId : logTimePlaceholders.userId,
  );
  return runLogTime<TimesheetView>(run, visible, {
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
    fingerprint,
    requestId: context.requestId,
    now: context.now().toISOString(),
    caller: callerToConfirm(context),
  });
}

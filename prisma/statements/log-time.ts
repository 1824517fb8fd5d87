import { type CallerToConfirm, callerInForce, callerValues } from './caller-in-force';
import { chargedLine, ticketPlace } from './charged-line';

export interface LogTimeValues {
  readonly companyId: string;
  readonly userId: string | null;
  readonly ticketId: string;
  /** `null`: the caller's own employee. */
  readonly employeeId: string | null;
  readonly mayLogForOthers: boolean;
  readonly date: string;
  readonly minutes: number;
  readonly description: string;
  readonly billable: boolean;
  readonly saleOrderLineId: string | null;
  readonly entryId: string;
  readonly eventId: string;
  readonly jobId: string;
  readonly actor: unknown;
  readonly commandId: string | null;
  /** `null` with a command: the transaction around this statement has claimed it already. */
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  /** ISO 8601 in UTC with milliseconds, as the answer shows it. */
  readonly now: string;
  readonly caller: CallerToConfirm;
}

/** The placeholders an access rule may use: of the caller's company and user. */
export const logTimePlaceholders = { companyId: '$1', userId: '$2' } as const;

function logTimeText(visible: string): string {
  return `WITH place AS MATERIALIZED (
    SELECT place.*, CASE WHEN $4::text IS NULL
        THEN (SELECT w.id FROM employee w WHERE w.company_id = $1 AND w.user_id = $2)
        ELSE (SELECT w.id FROM employee w WHERE w.company_id = $1 AND w.id = $4 AND ($5::boolean OR w.user_id = $2))
      END AS employee_id
    FROM (${ticketPlace('$1', '$3')} AND t.archived_at IS NULL AND m.timesheets_enabled
      AND m.project_id IS NOT NULL AND ${visible} AND ${callerInForce('$19', '$20', '$21')}) place
  ), charged AS (
    SELECT place.ticket_id, place.project_id, place.employee_id,
      ${chargedLine({ company: '$1', named: '$10', billable: '$9' })} AS line_id
    FROM place WHERE place.employee_id IS NOT NULL
  ), draft AS MATERIALIZED (
    SELECT charged.*, json_build_object('id', $11::text, 'ticketId', ticket_id, 'projectId', project_id,
      'employeeId', employee_id, 'date', $6::date::text, 'minutes', $7::int, 'description', $8::text,
      'billable', $9::boolean, 'saleOrderLineId', line_id,
      'billing', json_build_object('state', 'pending', 'slices', '[]'::json),
      'deletedAt', NULL, 'version', 1, 'createdAt', $18::text, 'updatedAt', $18::text) AS answer
    FROM charged WHERE $10::text IS NULL OR line_id IS NOT NULL
  ), command AS (
    INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result, created_at)
    SELECT $1, $15, $16, 'applied', ticket_id, answer::jsonb, $18::timestamptz FROM draft WHERE $16::text IS NOT NULL
    ON CONFLICT (company_id, command_id) DO NOTHING RETURNING command_id
  ), entry AS (
    INSERT INTO timesheet_entry (company_id, id, ticket_id, project_id, employee_id, date, minutes, description,
      billable, sale_order_line_id, created_at, updated_at)
    SELECT $1, $11, ticket_id, project_id, employee_id, $6::date, $7, $8, $9, line_id, $18::timestamptz, $18::timestamptz
    FROM draft WHERE $16::text IS NULL OR EXISTS (SELECT 1 FROM command)
    RETURNING id
  ), logged AS (
    INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after, command_id, request_id, created_at)
    SELECT $1, $12, 'timesheet.logged', entry.id, ticket_id, $14::jsonb, answer::jsonb, $15::text, $17, $18::timestamptz
    FROM draft, entry
  ), told AS (
    INSERT INTO job (company_id, id, ticket_id, kind, reference)
    SELECT $1, $13, ticket_id, 'timesheet_changed', jsonb_build_object('entryId', entry.id, 'version', 1)
    FROM draft, entry
  )
  SELECT answer FROM draft, entry`;
}

const statements = new Map<string, { readonly name: string; readonly text: string }>();

/** Named statements are told apart by their access rule, of which there are as many as kinds of callers. */
function logTimeStatement(visible: string): { readonly name: string; readonly text: string } {
  const known = statements.get(visible);
  if (known !== undefined) return known;
  const made = { name: `log_time_${statements.size + 1}`, text: logTimeText(visible) };
  statements.set(visible, made);
  return made;
}

/** Runs a named statement, on the pool or inside a transaction. */
export type RunStatement = (
  statement: { readonly name: string; readonly text: string },
  values: unknown[],
) => Promise<{ readonly rows: unknown[] }>;

/**
 * Logs time in one round trip: entry, event, job and idempotency row commit together, and the answer that is
 * stored is the one that is given (`reference/performance.md` §7). Nothing is written, and nothing answered,
 * when the caller's credential has ended, any rule refuses the entry or the command's key is taken; a concurrent use of the key is waited for.
 * @param visible the access rule over `t`, with no other placeholders than `logTimePlaceholders`.
 */
export async function runLogTime<Answer>(
  run: RunStatement,
  visible: string,
  values: LogTimeValues,
): Promise<Answer | undefined> {
  const { rows } = await run(logTimeStatement(visible), [
    values.companyId,
    values.userId,
    values.ticketId,
    values.employeeId,
    values.mayLogForOthers,
    values.date,
    values.minutes,
    values.description,
    values.billable,
    values.saleOrderLineId,
    values.entryId,
    values.eventId,
    values.jobId,
    JSON.stringify(values.actor),
    values.commandId,
    values.fingerprint,
    values.requestId,
    values.now,
    ...callerValues(values.caller),
  ]);
  return (rows[0] as { readonly answer: Answer } | undefined)?.answer;
}

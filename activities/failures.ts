import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DomainError, type ErrorCode } from '../domain/shared/errors';
import { isDatabaseUnavailable, isRetryable } from '../services/database-errors';

/** Whether the same call may succeed later without anybody changing anything. A new code needs an answer here. */
const mayPass: Readonly<Record<ErrorCode, boolean>> = {
  malformed_request: false,
  request_timeout: true,
  headers_too_large: false,
  malformed_json: false,
  validation_failed: false,
  unauthenticated: false,
  forbidden: false,
  not_found: false,
  method_not_allowed: false,
  already_exists: false,
  still_referenced: false,
  precondition_failed: false,
  payload_too_large: false,
  unsupported_media_type: false,
  idempotency_key_reused: false,
  idempotency_key_in_use: true,
  overloaded: true,
  rate_limited: true,
  last_admin: false,
  stage_changed: false,
  ticket_changed: false,
  ticket_archived: false,
  ticket_not_closed: false,
  ticket_already_closed: false,
  stage_of_another_team: false,
  no_such_stage_category: false,
  decision_lost: false,
  sla_not_applicable: false,
  timesheets_disabled: false,
  entry_locked: false,
  entry_deleted: false,
  no_employee: false,
  timer_not_running: false,
  timer_over_a_day: false,
  order_line_not_billable: false,
  order_not_draft: false,
  order_not_confirmed: false,
  order_has_deliveries: false,
  nothing_to_invoice: false,
  invoice_not_draft: false,
  invoice_not_posted: false,
  payment_too_high: false,
  run_not_cancellable: false,
  currency_mismatch: false,
  temporal_unavailable: true,
  database_unavailable: true,
  not_ready: true,
  internal_error: true,
};

/** How often an error that no rule foresaw is tried again before an operator must look at it. */
const attemptsAtUnforeseen = 5;

/**
 * The one way an error leaves an activity (architecture.md §3). A refusal becomes a failure of its code and is not
 * tried again; a database that is away is tried again for ever, what nobody foresaw only up to its fifth attempt
 * where the attempt is given. Only codes and class names get into the history: a message may quote what people wrote.
 */
export function toApplicationFailure(error: unknown, attempt = 1): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof DomainError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.code,
      nonRetryable: !mayPass[error.code],
      ...(mayPass[error.code] ? {} : { category: ApplicationFailureCategory.BENIGN }),
    });
  }
  const type: ErrorCode =
    isDatabaseUnavailable(error) || isRetryable(error) ? 'database_unavailable' : 'internal_error';
  const hopeless = type === 'internal_error' && attempt >= attemptsAtUnforeseen;
  return ApplicationFailure.create({ type, message: classNameOf(error), nonRetryable: hopeless });
}

/** Runs a verb for an activity and lets only an `ApplicationFailure` out. */
export async function mappingFailures<Result>(run: () => Promise<Result>, attempt?: number): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw toApplicationFailure(error, attempt);
  }
}

function classNameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

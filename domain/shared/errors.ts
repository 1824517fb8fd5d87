/**
 * The one vocabulary of refusals. `api/problems.ts` maps each code to an HTTP status and
 * `activities/failures.ts` to an `ApplicationFailure`; a code added here fails to compile until both answer it.
 */
export const errorCodes = [
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'malformed_json',
  'validation_failed',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'already_exists',
  'still_referenced',
  'precondition_failed',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'idempotency_key_in_use',
  'rate_limited',
  'overloaded',
  'last_admin',
  'stage_changed',
  'ticket_changed',
  'ticket_archived',
  'ticket_not_closed',
  'ticket_already_closed',
  'stage_of_another_team',
  'no_such_stage_category',
  'decision_lost',
  'sla_not_applicable',
  'timesheets_disabled',
  'entry_locked',
  'entry_deleted',
  'no_employee',
  'timer_not_running',
  'timer_over_a_day',
  'order_line_not_billable',
  'order_not_draft',
  'order_not_confirmed',
  'order_has_deliveries',
  'nothing_to_invoice',
  'invoice_not_draft',
  'invoice_not_posted',
  'payment_too_high',
  'run_not_cancellable',
  'currency_mismatch',
  'temporal_unavailable',
  'database_unavailable',
  'not_ready',
  'internal_error',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One bad member of a request; `pointer` is a JSON pointer (RFC 6901) into the body, or `/query/name`, `/path/name`. */
export interface FieldProblem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface DomainErrorDetails {
  readonly fields?: readonly FieldProblem[];
  /** The present state the caller lost against, safe to show to this caller (ids, stages, versions). */
  readonly state?: Readonly<Record<string, unknown>>;
  /** Seconds after which the same call may succeed. */
  readonly retryAfterSeconds?: number;
}

/** A refusal that a person can understand. Everything else that is thrown is a defect and answers 500. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message);
  }
}

/** The record does not exist for this caller: unknown, of another company, or not visible (never told apart). */
export function notFound(what: string): DomainError {
  return new DomainError('not_found', `There is no such ${what}.`);
}

/** A member of the body names something that cannot be used; nothing was written. */
export function invalidField(pointer: string, code: string, detail: string): DomainError {
  return new DomainError('validation_failed', 'The request has a bad field; nothing was changed.', {
    fields: [{ pointer, code, detail }],
  });
}

import { DomainError, type ErrorCode } from '../domain/shared/errors';
import { isDatabaseUnavailable } from '../services/database-errors';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
}

/** Each code's HTTP answer, in one place; a new code fails to compile until it has one. */
export const problemKinds: Readonly<Record<ErrorCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'The request is not HTTP as it must be', retryable: false },
  request_timeout: { status: 408, title: 'The request did not arrive in time', retryable: true },
  headers_too_large: { status: 431, title: 'The address or the headers are too long', retryable: false },
  malformed_json: { status: 400, title: 'The body is not valid JSON', retryable: false },
  validation_failed: { status: 422, title: 'The request has bad fields', retryable: false },
  unauthenticated: { status: 401, title: 'Credentials are missing or no longer valid', retryable: false },
  forbidden: { status: 403, title: 'Your role or key does not allow this', retryable: false },
  not_found: { status: 404, title: 'There is no such record', retryable: false },
  method_not_allowed: { status: 405, title: 'This address does not support the method', retryable: false },
  already_exists: { status: 409, title: 'There is already such a record', retryable: false },
  still_referenced: { status: 409, title: 'Other records still refer to it', retryable: false },
  precondition_failed: { status: 412, title: 'The record was changed meanwhile', retryable: false },
  payload_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'The body must be JSON', retryable: false },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    retryable: false,
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'A request with this Idempotency-Key is still running',
    retryable: true,
  },
  overloaded: { status: 503, title: 'More requests than can be worked on just now', retryable: true },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  last_admin: { status: 409, title: 'The company needs an active admin', retryable: false },
  stage_changed: { status: 409, title: 'The ticket is in another stage by now', retryable: false },
  ticket_changed: { status: 409, title: 'The ticket was changed meanwhile', retryable: false },
  ticket_archived: { status: 409, title: 'The ticket is archived', retryable: false },
  ticket_not_closed: { status: 409, title: 'The ticket is not closed', retryable: false },
  ticket_already_closed: { status: 409, title: 'The ticket is already closed', retryable: false },
  stage_of_another_team: { status: 422, title: 'The stage belongs to another team', retryable: false },
  no_such_stage_category: { status: 409, title: 'The team has no stage of that kind', retryable: false },
  decision_lost: { status: 409, title: 'The decision was never taken', retryable: false },
  sla_not_applicable: { status: 409, title: 'The ticket has no clock to compute', retryable: false },
  timesheets_disabled: { status: 409, title: 'The team does not log time', retryable: false },
  entry_locked: { status: 409, title: 'The time is invoiced already', retryable: false },
  entry_deleted: { status: 409, title: 'The time entry was deleted', retryable: false },
  no_employee: { status: 409, title: 'There is no employee to log the time for', retryable: false },
  timer_not_running: { status: 409, title: 'No timer runs for this employee and ticket', retryable: false },
  timer_over_a_day: { status: 409, title: 'The timer ran for more than a day', retryable: false },
  order_line_not_billable: {
    status: 409,
    title: 'Time cannot be logged on this order line',
    retryable: false,
  },
  order_not_draft: { status: 409, title: 'The sale order is no longer a draft', retryable: false },
  order_not_confirmed: { status: 409, title: 'The sale order is not confirmed', retryable: false },
  order_has_deliveries: { status: 409, title: 'Time or invoices stand on the sale order', retryable: false },
  nothing_to_invoice: { status: 409, title: 'There is nothing to invoice', retryable: false },
  invoice_not_draft: { status: 409, title: 'The invoice is no longer a draft', retryable: false },
  invoice_not_posted: { status: 409, title: 'The invoice is not posted', retryable: false },
  payment_too_high: { status: 409, title: 'The payment is higher than what is open', retryable: false },
  run_not_cancellable: { status: 409, title: 'The invoice run is finished', retryable: false },
  currency_mismatch: { status: 422, title: 'The currencies differ', retryable: false },
  temporal_unavailable: { status: 503, title: 'Decisions cannot be taken just now', retryable: true },
  database_unavailable: { status: 503, title: 'The database cannot be reached just now', retryable: true },
  not_ready: { status: 503, title: 'This process takes no requests just now', retryable: true },
  internal_error: { status: 500, title: 'Something went wrong on our side', retryable: true },
};

/** An RFC 9457 problem document; `type` leads to its description in `/docs/problems`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
  readonly state?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}

/** The problem document of anything that was thrown. Unknown errors tell the caller nothing but the request's id. */
export function toProblem(error: unknown, requestId: string): Problem {
  const refusal = asDomainError(error);
  const kind = problemKinds[refusal.code];
  const { fields, state, retryAfterSeconds } = refusal.details;
  return {
    type: `/docs/problems#${refusal.code}`,
    title: kind.title,
    status: kind.status,
    detail: refusal.message,
    instance: requestId,
    code: refusal.code,
    retryable: kind.retryable,
    ...(fields === undefined ? {} : { errors: fields }),
    ...(state === undefined ? {} : { state }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isDatabaseUnavailable(error)) {
    return new DomainError(
      'database_unavailable',
      // Who lost the database while it committed cannot say whether it did.
      'The database cannot be reached; try again, with the same Idempotency-Key where you sent one.',
      {
        retryAfterSeconds: 2,
      },
    );
  }
  return new DomainError(
    'internal_error',
    'Something went wrong on our side; name the instance when you report it.',
  );
}

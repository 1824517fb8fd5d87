import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';

/**
 * The refusal or trouble behind a failed activity, as the one kind of error that may leave a handler
 * (architecture.md §3). Anything else is a defect of this code and is thrown on.
 */
export function failureBehind(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof ActivityFailure)) throw error;
  if (error.cause instanceof ApplicationFailure) return error.cause;
  if (error.cause instanceof TimeoutFailure) {
    if (error.cause.cause instanceof ApplicationFailure) return error.cause.cause;
    return ApplicationFailure.nonRetryable('The database did not answer in time.', 'database_unavailable');
  }
  throw error;
}

import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';

/**
 * The refusal or trouble behind a failed activity, as the one kind of error that may leave a handler
 * (architecture.md §3). A local activity's failure comes wrapped when it happens and bare when the run is replayed
 * from its history: both must lead to the same. Anything else is a defect of this code and is thrown on.
 */
export function failureBehind(error: unknown): ApplicationFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause;
  if (cause instanceof TimeoutFailure) {
    return ApplicationFailure.nonRetryable('The database did not answer in time.', 'database_unavailable');
  }
  throw error;
}

import { ApplicationFailure } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import {
  cancelSignal,
  cancelUpdate,
  progressQuery,
  type RunRequest,
  retrySignal,
  retryUpdate,
} from './messages';
import type { InvoiceRun } from './workflow';

/** Wires the messages to the run. Handlers only set what the loop looks at. */
export function registerHandlers(run: InvoiceRun): void {
  setHandler(progressQuery, () => run.status, { description: 'How many orders are done, and what is left.' });
  const stop = 'Stop between two orders: {"reason": "…"}. Invoices that were made stay.';
  setHandler(
    cancelUpdate,
    (_request: RunRequest) => {
      run.cancel();
      return run.status;
    },
    {
      validator: (_request: RunRequest) => {
        if (run.status.state === 'ended') {
          throw ApplicationFailure.nonRetryable('run_not_cancellable', 'run_not_cancellable');
        }
      },
      description: stop,
    },
  );
  setHandler(cancelSignal, () => run.cancel(), { description: stop });
  const again = 'Take up again the orders that failed: {"reason": "what was mended"}';
  setHandler(
    retryUpdate,
    (_request: RunRequest) => {
      run.retry();
      return run.status;
    },
    { description: again },
  );
  setHandler(retrySignal, () => run.retry(), { description: again });
}

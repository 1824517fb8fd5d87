import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { mayBeTriedAgain } from '../../config/temporal';
import { DomainError } from '../../domain/shared/errors';
import { invoiceRunWorkflowId, invoiceRunWorkflowType } from '../../workflows/invoice-run/ids';
import { cancelSignal, type InvoiceRunInput } from '../../workflows/invoice-run/messages';
import { searchAttributes } from '../../workflows/search-attributes';
import type { InvoiceRunGateway } from './invoice-run-gateway';

/** A start or signal that takes longer means that Temporal is in trouble. */
const callDeadlineMs = 3_000;
/**
 * A server answers a call that waits for a run's end a second before the call's deadline, and the client asks again at
 * once: hundreds of times in that second. So the wait is cut off while the deadline is still ahead.
 */
const spareMs = 2_000;

/**
 * The invoice runs' workflows by way of a Temporal client that connects on first use. Starting a run that was started
 * before, running or ended, finds it (architecture.md §3); every call has a deadline.
 */
export function createInvoiceRunGateway(options: {
  readonly client: () => Promise<Client>;
  readonly taskQueue: string;
}): InvoiceRunGateway {
  const call = async <Result>(
    deadlineMs: number,
    work: (client: Client) => Promise<Result>,
  ): Promise<Result> => {
    const client = await options.client().catch(() => Promise.reject(unavailable()));
    try {
      return await client.withDeadline(Date.now() + deadlineMs, () => work(client));
    } catch (error) {
      throw mayBeTriedAgain(error) ? unavailable() : error;
    }
  };
  return {
    async start({ companyId, runId }, waitMs) {
      const waitUntil = Date.now() + waitMs;
      const workflowId = invoiceRunWorkflowId(runId);
      const input: InvoiceRunInput = { v: 1, companyId, runId };
      await call(callDeadlineMs, async (client) => {
        try {
          await client.workflow.start(invoiceRunWorkflowType, {
            workflowId,
            taskQueue: options.taskQueue,
            args: [input],
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            workflowIdConflictPolicy: 'USE_EXISTING',
            typedSearchAttributes: [
              { key: searchAttributes.companyId, value: companyId },
              { key: searchAttributes.needsOperator, value: false },
            ],
            staticSummary: `Invoice run ${runId}`,
            staticDetails: `Makes the invoices of run \`${runId}\`, one activity an order. See the current details for its progress.`,
          });
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
      });
      const leftMs = waitUntil - Date.now();
      if (leftMs <= 0) return { ended: false };
      try {
        const end = AbortSignal.timeout(leftMs);
        await call(leftMs + spareMs, (client) =>
          client.withAbortSignal(end, () => client.workflow.getHandle(workflowId).result()),
        );
        return { ended: true };
      } catch (error) {
        if (error instanceof WorkflowFailedError) return { ended: true };
        if (error instanceof DomainError && error.code === 'temporal_unavailable') return { ended: false };
        throw error;
      }
    },

    async cancel({ runId }) {
      await call(callDeadlineMs, async (client) => {
        try {
          await client.workflow.getHandle(invoiceRunWorkflowId(runId)).signal(cancelSignal, {});
        } catch (error) {
          // Never started or ended already: the record, which was cancelled first, says all there is to do.
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      });
    },
  };
}

function unavailable(): DomainError {
  return new DomainError(
    'temporal_unavailable',
    'The invoice run is recorded and starts as soon as the workflow service can be reached again.',
    { retryAfterSeconds: 5 },
  );
}

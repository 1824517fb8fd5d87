import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { temporalTrouble } from '../../config/temporal';
import { DomainError } from '../../domain/shared/errors';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { statusQuery } from '../../workflows/ticket/messages';
import type { WorkflowDescription } from './ticket-gateway';

const describeDeadlineMs = 2_000;

/** What a ticket's workflow is and waits for. @throws DomainError `temporal_unavailable` */
export async function describeWorkflow(
  options: { readonly client: Client; readonly namespace: string; readonly uiUrl: string },
  ticketId: string,
): Promise<WorkflowDescription> {
  const workflowId = ticketWorkflowId(ticketId);
  const { client, namespace, uiUrl } = options;
  const address = `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${workflowId}`;
  const handle = client.workflow.getHandle(workflowId);
  try {
    const description = await client.withDeadline(Date.now() + describeDeadlineMs, () => handle.describe());
    const status = await client
      .withDeadline(Date.now() + describeDeadlineMs, () => handle.query(statusQuery))
      .catch(() => null);
    return {
      workflowId,
      runId: description.runId,
      status: statusNames[description.status.name] ?? 'running',
      waitingFor: status?.waitingFor ?? null,
      nextDeadline: status?.nextDeadline ?? null,
      uiUrl: `${address}/${description.runId}/history`,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      return {
        workflowId,
        runId: null,
        status: 'not_started',
        waitingFor: null,
        nextDeadline: null,
        uiUrl: address,
      };
    }
    if (temporalTrouble(error) === null) throw error;
    throw new DomainError('temporal_unavailable', 'Temporal cannot be reached just now; try again.', {
      retryAfterSeconds: 5,
    });
  }
}

const statusNames: Readonly<Record<string, WorkflowDescription['status']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
  CONTINUED_AS_NEW: 'continued',
};

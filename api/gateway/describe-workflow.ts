import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { mayBeTriedAgain } from '../../config/temporal';
import { DomainError } from '../../domain/shared/errors';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { statusQuery } from '../../workflows/ticket/messages';
import type { SeenTicket, WorkflowDescription } from './ticket-gateway';

const describeDeadlineMs = 2_000;

type Status = WorkflowDescription['status'];

/**
 * What a ticket's workflow is and waits for. Only a running one is asked: one that was terminated or failed would
 * answer what it waited for then. @throws DomainError `temporal_unavailable`
 */
export async function describeWorkflow(
  options: { readonly client: Client; readonly namespace: string; readonly uiUrl: string },
  ticket: SeenTicket,
): Promise<WorkflowDescription> {
  const workflowId = ticketWorkflowId(ticket.id);
  const { client, namespace, uiUrl } = options;
  const address = `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${workflowId}`;
  const handle = client.workflow.getHandle(workflowId);
  const withoutRun = (status: keyof typeof endings) => ({
    workflowId,
    status,
    waitingFor: waitingWithoutRun(status, ticket),
    nextDeadline: ticket.nextDeadline,
  });
  try {
    const description = await client.withDeadline(Date.now() + describeDeadlineMs, () => handle.describe());
    const { runId } = description;
    const uiAddress = `${address}/${runId}/history`;
    const known = statusNames[description.status.name] ?? 'running';
    if (known !== 'running') return { ...withoutRun(known), runId, uiUrl: uiAddress };
    const status = await client
      .withDeadline(Date.now() + describeDeadlineMs, () => handle.query(statusQuery))
      .catch(() => null);
    return {
      workflowId,
      runId,
      status: known,
      waitingFor: status?.waitingFor ?? null,
      nextDeadline: status?.nextDeadline ?? null,
      uiUrl: uiAddress,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      return { ...withoutRun('not_started'), runId: null, uiUrl: address };
    }
    if (!mayBeTriedAgain(error)) throw error;
    throw new DomainError('temporal_unavailable', 'Temporal cannot be reached just now; try again.', {
      retryAfterSeconds: 5,
    });
  }
}

const statusNames: Readonly<Record<string, Status>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
  CONTINUED_AS_NEW: 'continued',
};

const endings: Readonly<Record<Exclude<Status, 'running'>, string>> = {
  completed: 'the last one has ended',
  failed: 'the last one failed',
  cancelled: 'the last one was cancelled',
  terminated: 'the last one was terminated',
  timed_out: 'the last one timed out',
  continued: 'the last one is being continued',
  not_started: 'none has started yet, or none is kept',
};

/** A ticket that is closed waits for nothing, however its workflow ended; an open one gets its workflow back. */
function waitingWithoutRun(status: keyof typeof endings, ticket: SeenTicket): string {
  if (ticket.archivedAt !== null) return 'nothing: the ticket is archived';
  if (ticket.closedAt !== null) return 'nothing: the ticket is closed';
  return `a run of its workflow (${endings[status]}): a decision or a fact starts one at once, else the reconcile sweep does`;
}

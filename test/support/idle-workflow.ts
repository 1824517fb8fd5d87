import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/**
 * Whether nothing is scheduled, running, or waiting to be tried again in a workflow: no task and no activity, and so no
 * second attempt at one whose worker has died. A workflow that does not exist is idle.
 */
export async function isIdle(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return (raw.pendingActivities ?? []).length === 0 && !raw.pendingWorkflowTask;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}

import type { Client } from '@temporalio/client';
import type { WorkflowInventory } from '../services/reconcile/sweep';
import { invoiceRunWorkflowId, invoiceRunWorkflowType } from '../workflows/invoice-run/ids';
import { ticketIdOfWorkflow } from '../workflows/ticket/ids';

/** Answers the reconcile sweep's questions from Temporal's visibility store. */
export function createWorkflowInventory(client: Client, taskQueue: string): WorkflowInventory {
  return {
    async ticketsEndedAbnormally(since) {
      const query = `WorkflowType = 'ticket' AND ExecutionStatus IN ('Terminated', 'Failed', 'Canceled', 'TimedOut')
        AND CloseTime >= '${since.toISOString()}'`;
      const found = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query })) {
        const ticketId = ticketIdOfWorkflow(workflowId);
        if (ticketId !== null) found.add(ticketId);
      }
      for await (const running of runningAmong(client, found)) found.delete(running);
      return [...found];
    },
    async countRunningTickets() {
      const { count } = await client.workflow.count(
        `WorkflowType = 'ticket' AND ExecutionStatus = 'Running'`,
      );
      return count;
    },
    async *runningTickets() {
      const query = `WorkflowType = 'ticket' AND ExecutionStatus = 'Running'`;
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) {
        const ticketId = ticketIdOfWorkflow(workflowId);
        if (ticketId !== null) yield ticketId;
      }
    },
    async startInvoiceRun({ companyId, runId }) {
      await client.workflow.start(invoiceRunWorkflowType, {
        workflowId: invoiceRunWorkflowId(runId),
        taskQueue,
        args: [{ v: 1, companyId, runId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    },
  };
}

/** Which of these tickets run again already: a workflow that ended may have been started anew since. */
async function* runningAmong(client: Client, ticketIds: ReadonlySet<string>): AsyncIterable<string> {
  const named = [...ticketIds];
  for (let start = 0; start < named.length; start += 50) {
    const ids = named.slice(start, start + 50).map((id) => `'ticket-${id}'`);
    const query = `WorkflowId IN (${ids.join(', ')}) AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of client.workflow.list({ query })) {
      const ticketId = ticketIdOfWorkflow(workflowId);
      if (ticketId !== null) yield ticketId;
    }
  }
}

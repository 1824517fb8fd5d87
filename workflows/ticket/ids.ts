/** One ticket, one workflow id: starting it twice finds the same run (architecture.md §3). */
export function ticketWorkflowId(ticketId: string): string {
  return `ticket-${ticketId}`;
}

/** The ticket a workflow id belongs to, `null` for the ids of other workflows. */
export function ticketIdOfWorkflow(workflowId: string): string | null {
  return workflowId.startsWith('ticket-') ? workflowId.slice('ticket-'.length) : null;
}

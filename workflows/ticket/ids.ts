/** One ticket, one workflow id: starting it twice finds the same run (architecture.md §3). */
export function ticketWorkflowId(ticketId: string): string {
  return `ticket-${ticketId}`;
}

/** What the Temporal UI calls a ticket's workflow. @param reference such as `#00042` */
export function ticketWorkflowSummary(reference: string): string {
  return `Ticket ${reference}`;
}

/** The ticket a workflow id belongs to, `null` for the ids of other workflows. */
export function ticketIdOfWorkflow(workflowId: string): string | null {
  return workflowId.startsWith('ticket-') ? workflowId.slice('ticket-'.length) : null;
}

/** Type of the failure of an update that came while its run was being continued: nothing was decided. */
export const continuingFailure = 'workflow_continues';

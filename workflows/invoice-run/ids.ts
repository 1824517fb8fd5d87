/** One run, one workflow id: starting it twice finds the same one (architecture.md §3). */
export function invoiceRunWorkflowId(runId: string): string {
  return `invoice-run-${runId}`;
}

/** The name the workflow is started by. */
export const invoiceRunWorkflowType = 'invoiceRun';

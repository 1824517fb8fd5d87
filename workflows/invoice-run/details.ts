import type { InvoiceRunStatus } from './messages';

/** The workflow's current details in the Temporal UI, Markdown; ids and counts only. */
export function currentDetails(runId: string, status: InvoiceRunStatus): string {
  const done = status.total - status.pending;
  const lines = [
    `**Invoice run ${runId}** is ${sentences[status.state]}: **${done} of ${status.total}** orders are done.`,
    '',
    '| invoiced | nothing to invoice | refused | cancelled | failed | pending |',
    '|---|---|---|---|---|---|',
    `| ${status.invoiced} | ${status.nothingToInvoice} | ${status.refused} | ${status.cancelled} | ${status.failed} | ${status.pending} |`,
  ];
  if (status.state === 'needs_operator') {
    lines.push(
      '',
      `**Needs an operator.** ${status.failed} orders failed, the latest with \`${status.lastFailure ?? 'internal_error'}\`; nothing is lost.`,
      'Mend the cause, then send the update `retry` with `{"reason": "what was mended"}`, or `cancel` to leave them.',
    );
  }
  return lines.join('\n');
}

const sentences: Readonly<Record<InvoiceRunStatus['state'], string>> = {
  starting: 'starting',
  working: 'invoicing',
  needs_operator: 'waiting for an operator',
  cancelling: 'stopping after the orders in work',
  ended: 'finished',
};

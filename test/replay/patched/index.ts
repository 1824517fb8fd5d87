import { patched, sleep } from '@temporalio/workflow';
import type { TicketInput } from '../../../workflows/ticket/messages';
import { ticket as currentTicket } from '../../../workflows/ticket/workflow';

export { invoiceRun } from '../../../workflows/invoice-run/workflow';
export { reconcile } from '../../../workflows/reconcile/workflow';

/**
 * The same timer as in `incompatible`, guarded: only runs that begin with this code have it. Nothing waits for it:
 * messages that come with the first task need their handlers in it.
 */
export async function ticket(input: TicketInput): Promise<void> {
  if (patched('timer-at-the-beginning')) void sleep(1).catch(() => {});
  await currentTicket(input);
}

import { sleep } from '@temporalio/workflow';
import type { TicketInput } from '../../../workflows/ticket/messages';
import { ticket as currentTicket } from '../../../workflows/ticket/workflow';

export { invoiceRun } from '../../../workflows/invoice-run/workflow';
export { reconcile } from '../../../workflows/reconcile/workflow';

/** The ticket workflow with a timer that no saved history has: a change that nobody guarded with `patched`. */
export async function ticket(input: TicketInput): Promise<void> {
  await sleep(1);
  await currentTicket(input);
}

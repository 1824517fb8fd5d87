import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change, type UnitOfWork } from '../transaction';
import { nextVersion } from '../update';
import { type InvoiceRunDetailView, type InvoiceRunStatus, invoiceRunDetailResource } from './invoice-run';
import { type InvoiceRunState, invoiceRunState, lockRun } from './start-invoice-run';

/**
 * Cancels a run between two orders (spec.md §9, architecture.md §3): an order that is being invoiced is finished,
 * those still pending are not touched any more, invoices that were made stay. Holds whether or not its workflow can
 * be told.
 * @throws DomainError `not_found`, `run_not_cancellable` when it has ended.
 */
export function cancelInvoiceRun(context: Context, runId: string): Promise<InvoiceRunDetailView> {
  return change(context, async (work) => {
    const status = await lockRun(context, work.db, runId);
    if (hasEnded(status)) {
      throw new DomainError('run_not_cancellable', `The invoice run is ${status} already.`, {
        state: { status },
      });
    }
    await end(context, work, runId, 'cancelled');
    return readOne<InvoiceRunDetailView>(context, invoiceRunDetailResource, runId, within(work.db));
  });
}

/**
 * Records that a run's workflow is through with its orders, or was told to stop. A run that has ended stays as it
 * is, and a run with orders that are still pending does not end as completed.
 * @returns how far the run is now.
 * @throws DomainError `not_found`
 */
export async function finishInvoiceRun(
  context: Context,
  runId: string,
  outcome: 'completed' | 'cancelled',
): Promise<InvoiceRunState> {
  await change(context, async (work) => {
    const status = await lockRun(context, work.db, runId);
    const pending =
      outcome === 'completed' &&
      (await work.db.invoiceRunOrder.count({
        where: { companyId: context.companyId, runId, status: 'pending' },
      })) > 0;
    if (hasEnded(status) || pending) return work.unchanged();
    await end(context, work, runId, outcome);
  });
  return invoiceRunState(context, runId);
}

function hasEnded(status: InvoiceRunStatus): boolean {
  return status === 'completed' || status === 'cancelled';
}

async function end(
  context: Context,
  { db, event }: UnitOfWork,
  runId: string,
  outcome: 'completed' | 'cancelled',
): Promise<void> {
  const { companyId } = context;
  if (outcome === 'cancelled') {
    // In the order of their ids; an order that is being invoiced is waited for.
    await db.$queryRaw`
      SELECT sale_order_id FROM invoice_run_order
      WHERE company_id = ${companyId} AND run_id = ${runId} AND status = 'pending' ORDER BY sale_order_id FOR UPDATE`;
    await db.invoiceRunOrder.updateMany({
      where: { companyId, runId, status: 'pending' },
      data: { status: 'cancelled', updatedAt: context.now() },
    });
  }
  await db.invoiceRun.update({
    where: { companyId_id: { companyId, id: runId } },
    data: { status: outcome, ...nextVersion(context) },
  });
  event({ kind: `invoice_run.${outcome}`, subjectId: runId });
}

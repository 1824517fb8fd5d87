import { notFound } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { type Queryable, readOne } from '../listing';
import { change } from '../transaction';
import { nextVersion } from '../update';
import {
  type InvoiceRunProgress,
  type InvoiceRunStatus,
  type InvoiceRunView,
  invoiceRunResource,
} from './invoice-run';

/** What a run's workflow needs to know before and between its pages; ids and counts only. */
export interface InvoiceRunState {
  readonly status: InvoiceRunStatus;
  readonly post: boolean;
  readonly progress: InvoiceRunProgress;
}

/**
 * Marks a pending run as running; a run that is further on stays as it is.
 * @throws DomainError `not_found`
 */
export async function startInvoiceRun(context: Context, runId: string): Promise<InvoiceRunState> {
  await change(context, async ({ db, event, unchanged }) => {
    if ((await lockRun(context, db, runId)) !== 'pending') return unchanged();
    await db.invoiceRun.update({
      where: { companyId_id: { companyId: context.companyId, id: runId } },
      data: { status: 'running', ...nextVersion(context) },
    });
    event({ kind: 'invoice_run.started', subjectId: runId });
  });
  return invoiceRunState(context, runId);
}

/** How far a run is. @throws DomainError `not_found` */
export async function invoiceRunState(context: Context, runId: string): Promise<InvoiceRunState> {
  const { status, post, progress } = await readOne<InvoiceRunView>(context, invoiceRunResource, runId);
  return { status, post, progress };
}

/** Locks a run and answers its status. @throws DomainError `not_found` */
export async function lockRun(context: Context, db: Transaction, runId: string): Promise<InvoiceRunStatus> {
  const [run] = await db.$queryRaw<{ status: InvoiceRunStatus }[]>`
    SELECT status FROM invoice_run WHERE company_id = ${context.companyId} AND id = ${runId} FOR UPDATE`;
  if (run === undefined) throw notFound(invoiceRunResource.name);
  return run.status;
}

/**
 * The next orders of a run its workflow still has work for, after a given order, in the order of their ids: pending
 * ones, and with `post` also those whose draft is not posted yet.
 */
export async function openRunOrders(
  context: Context,
  runId: string,
  page: { readonly afterSaleOrderId: string | null; readonly limit: number },
): Promise<{ readonly saleOrderIds: string[] }> {
  const { rows } = await (context.database.pool as Queryable).query(
    `SELECT ro.sale_order_id AS id
     FROM invoice_run_order ro
     JOIN invoice_run r ON r.company_id = ro.company_id AND r.id = ro.run_id
     LEFT JOIN invoice i ON i.company_id = ro.company_id AND i.id = ro.invoice_id
     WHERE ro.company_id = $1 AND ro.run_id = $2 AND ro.sale_order_id > $3
       AND (ro.status = 'pending' OR (r.post AND r.status <> 'cancelled' AND i.status = 'draft'))
     ORDER BY ro.sale_order_id LIMIT $4`,
    [context.companyId, runId, page.afterSaleOrderId ?? '', page.limit],
  );
  return { saleOrderIds: (rows as { id: string }[]).map((row) => row.id) };
}

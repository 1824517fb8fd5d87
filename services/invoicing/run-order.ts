import type { DomainError, ErrorCode } from '../../domain/shared/errors';
import { notFound } from '../../domain/shared/errors';
import { Prisma, type Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { toJson } from '../json';
import type { RunOrderStatus } from './invoice-run';

/** The key of a run's effect on one order (spec.md §9): whatever is retried, it happens once. */
export interface RunOrderKey {
  readonly runId: string;
  readonly saleOrderId: string;
}

/** What became of an order in a run. */
export interface RunOrderOutcome {
  readonly status: RunOrderStatus;
  readonly invoiceId: string | null;
  readonly problemCode: ErrorCode | null;
}

export interface LockedRunOrder extends RunOrderOutcome {
  readonly from: string | null;
  readonly to: string | null;
}

/** Locks the order's place in the run until the transaction ends. @throws DomainError `not_found` */
export async function lockRunOrder(
  context: Context,
  db: Transaction,
  key: RunOrderKey,
): Promise<LockedRunOrder> {
  const [row] = await db.$queryRaw<LockedRunOrder[]>`
    SELECT ro.status, ro.invoice_id AS "invoiceId", ro.problem ->> 'code' AS "problemCode",
      r.period_from::text AS "from", r.period_to::text AS "to"
    FROM invoice_run_order ro JOIN invoice_run r ON r.company_id = ro.company_id AND r.id = ro.run_id
    WHERE ro.company_id = ${context.companyId} AND ro.run_id = ${key.runId} AND ro.sale_order_id = ${key.saleOrderId}
    FOR UPDATE OF ro`;
  if (row === undefined) throw notFound('order of this invoice run');
  return row;
}

/** Records what became of a locked order. */
export async function settleRunOrder(
  context: Context,
  db: Transaction,
  key: RunOrderKey,
  outcome: {
    readonly status: RunOrderStatus;
    readonly invoiceId?: string;
    readonly problem?: DomainError;
  },
): Promise<RunOrderOutcome> {
  const { status, invoiceId, problem } = outcome;
  await db.invoiceRunOrder.update({
    where: { companyId_runId_saleOrderId: { companyId: context.companyId, ...key } },
    data: {
      status,
      invoiceId: invoiceId ?? null,
      problem:
        problem === undefined ? Prisma.DbNull : toJson({ code: problem.code, message: problem.message }),
      updatedAt: context.now(),
    },
  });
  return { status, invoiceId: invoiceId ?? null, problemCode: problem?.code ?? null };
}

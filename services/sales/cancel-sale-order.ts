import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { nextVersion, updateRecord } from '../update';
import { type SaleOrderView, saleOrderResource } from './sale-order';

/**
 * Cancels a draft or confirmed order on which nothing stands yet. Its lines are locked, so time that is being
 * logged at the same moment is either seen here or sees the cancelled order.
 * @throws DomainError `not_found`, `precondition_failed`, `order_not_confirmed` when it is cancelled already,
 * `order_has_deliveries` when time or invoices stand on it.
 */
export function cancelSaleOrder(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<SaleOrderView> {
  return updateRecord<SaleOrderView>(context, {
    resource: saleOrderResource,
    table: 'sale_order',
    id,
    expectedVersion,
    eventKind: 'sale_order.cancelled',
    write: async ({ db }, before) => {
      if (before.status === 'cancelled') {
        throw new DomainError('order_not_confirmed', 'The sale order is cancelled already.', {
          state: { status: before.status },
        });
      }
      await requireNothingOnIt(context, db, id);
      await db.saleOrder.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { status: 'cancelled', cancelledAt: context.now(), ...nextVersion(context) },
      });
    },
  });
}

async function requireNothingOnIt(context: Context, db: Transaction, id: string): Promise<void> {
  await db.$queryRaw`
    SELECT id FROM sale_order_line WHERE company_id = ${context.companyId} AND order_id = ${id} ORDER BY id FOR UPDATE`;
  const [standing] = await db.$queryRaw<{ time: boolean; drafts: boolean; posted: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM sale_order_line l
        JOIN timesheet_entry e ON e.company_id = l.company_id AND e.sale_order_line_id = l.id AND e.deleted_at IS NULL
        WHERE l.company_id = ${context.companyId} AND l.order_id = ${id})
      OR EXISTS (SELECT 1 FROM sale_order_line l
        JOIN slice s ON s.company_id = l.company_id AND s.sale_order_line_id = l.id
        WHERE l.company_id = ${context.companyId} AND l.order_id = ${id}) AS time,
      EXISTS (SELECT 1 FROM invoice i WHERE i.company_id = ${context.companyId} AND i.sale_order_id = ${id}
        AND i.status = 'draft') AS drafts,
      EXISTS (SELECT 1 FROM invoice i WHERE i.company_id = ${context.companyId} AND i.sale_order_id = ${id}
        AND i.status <> 'draft') AS posted`;
  const why =
    standing?.posted === true
      ? 'An invoice of the sale order was posted; it cannot be cancelled any more.'
      : standing?.drafts === true
        ? 'A draft invoice was made from the sale order; delete it before the order is cancelled.'
        : standing?.time === true
          ? 'Time was logged on the sale order; delete it or move it to another order before this one is cancelled.'
          : undefined;
  if (why !== undefined) throw new DomainError('order_has_deliveries', why);
}

import type { Context } from '../context';
import { nextVersion, updateRecord } from '../update';
import { type SaleOrderView, saleOrderResource } from './sale-order';
import { requireDraft } from './update-sale-order';

/**
 * Draft to confirmed: from now on time can be logged on its lines and it can be invoiced (spec.md §9).
 * @throws DomainError `not_found`, `precondition_failed`, `order_not_draft`.
 */
export function confirmSaleOrder(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<SaleOrderView> {
  return updateRecord<SaleOrderView>(context, {
    resource: saleOrderResource,
    table: 'sale_order',
    id,
    expectedVersion,
    eventKind: 'sale_order.confirmed',
    write: async ({ db }, before) => {
      requireDraft(before);
      await db.saleOrder.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { status: 'confirmed', confirmedAt: context.now(), ...nextVersion(context) },
      });
    },
  });
}

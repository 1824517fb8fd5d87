import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { requireContact } from './create-sale-order';
import { insertOrderLines, type SaleOrderLineDraft } from './order-lines';
import { type SaleOrderView, saleOrderResource } from './sale-order';

export interface SaleOrderChanges {
  readonly contactId?: string | undefined;
  readonly currency?: string | undefined;
  /** Replaces all lines; each gets a new id. */
  readonly lines?: readonly SaleOrderLineDraft[] | undefined;
}

/**
 * Changes a draft order; an order that was confirmed is an agreement and stays as it is (spec.md §9).
 * @throws DomainError `not_found`, `precondition_failed`, `order_not_draft`, `validation_failed`,
 * `currency_mismatch`, also when the currency changes without new lines.
 */
export function updateSaleOrder(
  context: Context,
  id: string,
  changes: SaleOrderChanges,
  expectedVersion: number | undefined,
): Promise<SaleOrderView> {
  return updateRecord<SaleOrderView>(context, {
    resource: saleOrderResource,
    table: 'sale_order',
    id,
    expectedVersion,
    eventKind: 'sale_order.updated',
    write: async ({ db }, before) => {
      requireDraft(before);
      const { lines, ...members } = changes;
      const currency = changes.currency ?? before.currency;
      if (changes.contactId !== undefined) await requireContact(context, db, changes.contactId);
      if (lines === undefined && currency !== before.currency) {
        throw new DomainError('currency_mismatch', 'The lines are priced in the present currency.', {
          fields: [
            {
              pointer: '/currency',
              code: 'currency_mismatch',
              detail: 'Send lines of products priced in the new currency with it.',
            },
          ],
        });
      }
      await db.saleOrder.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(members), ...nextVersion(context) },
      });
      if (lines === undefined) return;
      await db.saleOrderLine.deleteMany({ where: { companyId: context.companyId, orderId: id } });
      await insertOrderLines(context, db, { id, currency }, lines);
    },
  });
}

/** Only a draft can be changed or confirmed. @throws DomainError `order_not_draft` */
export function requireDraft(order: SaleOrderView): void {
  if (order.status !== 'draft') {
    throw new DomainError(
      'order_not_draft',
      `The sale order is ${order.status}; only a draft can be changed.`,
      {
        state: { status: order.status },
      },
    );
  }
}

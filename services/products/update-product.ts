import type { Unit } from '../../domain/billing/amounts';
import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { requireUnit } from './create-product';
import { type InvoicingMethod, type ProductView, productResource } from './product';

export interface ProductChanges {
  readonly name?: string | undefined;
  readonly invoicing?: InvoicingMethod | undefined;
  readonly unit?: Unit | undefined;
  readonly unitPriceMinor?: number | undefined;
  readonly active?: boolean | undefined;
}

/**
 * Changes the named members of a product. Order lines keep the price, unit and invoicing they were made with.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed` for goods not sold by the piece.
 */
export function updateProduct(
  context: Context,
  id: string,
  changes: ProductChanges,
  expectedVersion: number | undefined,
): Promise<ProductView> {
  return updateRecord<ProductView>(context, {
    resource: productResource,
    table: 'product',
    id,
    expectedVersion,
    eventKind: 'product.updated',
    write: async ({ db }, before) => {
      requireUnit(before.kind, changes.unit ?? before.unit);
      await db.product.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
    },
  });
}

import type { Unit } from '../../domain/billing/amounts';
import { invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type InvoicingMethod, type ProductKind, type ProductView, productResource } from './product';

export interface ProductDraft {
  readonly name: string;
  readonly kind: ProductKind;
  readonly invoicing: InvoicingMethod;
  readonly unit: Unit;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly active?: boolean | undefined;
}

/**
 * Creates a product (spec.md §9); it is active unless told otherwise.
 * @throws DomainError `validation_failed` for goods that are not sold by the piece.
 */
export function createProduct(context: Context, draft: ProductDraft): Promise<ProductView> {
  requireUnit(draft.kind, draft.unit);
  return change(context, async ({ db, event }) => {
    const id = newId('product');
    await db.product.create({
      data: {
        companyId: context.companyId,
        id,
        name: draft.name,
        kind: draft.kind,
        invoicing: draft.invoicing,
        unit: draft.unit,
        unitPriceMinor: BigInt(draft.unitPriceMinor),
        currency: draft.currency,
        active: draft.active ?? true,
      },
    });
    const product = await readOne<ProductView>(context, productResource, id, within(db));
    event({ kind: 'product.created', subjectId: id, after: product });
    return product;
  });
}

/** Things are counted, only work is measured in time. @throws DomainError `validation_failed` */
export function requireUnit(kind: ProductKind, unit: Unit): void {
  if (kind === 'goods' && unit !== 'piece') {
    throw invalidField('/unit', 'not_allowed', 'Goods are sold by the piece.');
  }
}

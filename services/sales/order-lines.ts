import { amountMinor, isTimeUnit, type Unit, unitMinutes } from '../../domain/billing/amounts';
import { DomainError, type FieldProblem } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import type { InvoicingMethod } from '../products/product';

export interface SaleOrderLineDraft {
  readonly productId: string;
  /** For products sold by the hour or day; may be left out for time and materials. */
  readonly quantityMinutes?: number | undefined;
  /** For products sold by the piece. */
  readonly quantity?: number | undefined;
  /** The product's price when left out. */
  readonly unitPriceMinor?: number | undefined;
  /** The product's name when left out. */
  readonly description?: string | undefined;
}

/** Above this the sum of an order's hundred lines could no longer be an exact JSON number. */
const maximumLineAmountMinor = 10_000_000_000_000n;

interface SoldProduct {
  readonly id: string;
  readonly name: string;
  readonly invoicing: string;
  readonly unit: string;
  readonly unitPriceMinor: bigint;
  readonly currency: string;
  readonly active: boolean;
}

/**
 * Writes the lines of a draft order in the order given. A line copies price, unit, invoicing and name of its
 * product, so that a later change of the product leaves agreed orders as they are (spec.md §9).
 * @throws DomainError `validation_failed` or `currency_mismatch`, with one entry for each bad line.
 */
export async function insertOrderLines(
  context: Context,
  db: Transaction,
  order: { readonly id: string; readonly currency: string },
  drafts: readonly SaleOrderLineDraft[],
): Promise<void> {
  const products = await db.product.findMany({
    where: { companyId: context.companyId, id: { in: drafts.map((draft) => draft.productId) } },
  });
  const byId = new Map(products.map((product) => [product.id, product]));
  const problems = drafts.flatMap((draft, index) =>
    lineProblems(draft, byId.get(draft.productId), order.currency, `/lines/${index}`),
  );
  if (problems.length > 0) throw refusal(problems);
  await db.saleOrderLine.createMany({
    data: drafts.flatMap((draft, index) => {
      const product = byId.get(draft.productId);
      if (product === undefined) return [];
      return [
        {
          companyId: context.companyId,
          id: newId('saleOrderLine'),
          orderId: order.id,
          productId: product.id,
          position: index + 1,
          description: draft.description ?? product.name,
          invoicing: product.invoicing,
          unit: product.unit,
          orderedMinutes: draft.quantityMinutes ?? null,
          quantity: draft.quantity ?? null,
          unitPriceMinor: priceOf(draft, product),
        },
      ];
    }),
  });
}

function refusal(problems: readonly FieldProblem[]): DomainError {
  const onlyCurrencies = problems.every((problem) => problem.code === 'currency_mismatch');
  return onlyCurrencies
    ? new DomainError('currency_mismatch', 'A product is priced in another currency than the order.', {
        fields: problems,
      })
    : new DomainError('validation_failed', 'The order has bad lines; nothing was changed.', {
        fields: problems,
      });
}

function priceOf(draft: SaleOrderLineDraft, product: SoldProduct): bigint {
  return draft.unitPriceMinor === undefined ? product.unitPriceMinor : BigInt(draft.unitPriceMinor);
}

function lineProblems(
  draft: SaleOrderLineDraft,
  product: SoldProduct | undefined,
  currency: string,
  pointer: string,
): FieldProblem[] {
  const problem = (member: string, code: string, detail: string): FieldProblem[] => [
    { pointer: `${pointer}/${member}`, code, detail },
  ];
  if (product === undefined) return problem('productId', 'unknown_reference', 'There is no such product.');
  if (!product.active) return problem('productId', 'not_allowed', 'The product is no longer sold.');
  if (product.currency !== currency) {
    return problem(
      'productId',
      'currency_mismatch',
      `The product is priced in ${product.currency}, the order in ${currency}.`,
    );
  }
  const quantities = quantityProblems(
    draft,
    product.unit as Unit,
    product.invoicing as InvoicingMethod,
    problem,
  );
  if (quantities.length > 0) return quantities;
  if (lineAmountMinor(draft, product) > maximumLineAmountMinor) {
    return problem(
      draft.quantity === undefined ? 'quantityMinutes' : 'quantity',
      'too_high',
      `A line may come to at most ${maximumLineAmountMinor} minor units.`,
    );
  }
  return [];
}

function quantityProblems(
  draft: SaleOrderLineDraft,
  unit: Unit,
  invoicing: InvoicingMethod,
  problem: (member: string, code: string, detail: string) => FieldProblem[],
): FieldProblem[] {
  if (isTimeUnit(unit)) {
    if (draft.quantity !== undefined) {
      return problem('quantity', 'not_allowed', 'The product is sold in time; give quantityMinutes.');
    }
    if (invoicing === 'prepaid' && draft.quantityMinutes === undefined) {
      return problem('quantityMinutes', 'missing', 'Prepaid time needs the minutes that are bought.');
    }
    return [];
  }
  if (draft.quantityMinutes !== undefined) {
    return problem('quantityMinutes', 'not_allowed', 'The product is sold by the piece; give quantity.');
  }
  if (draft.quantity === undefined) {
    return problem('quantity', 'missing', 'A product sold by the piece needs a quantity.');
  }
  return [];
}

function lineAmountMinor(draft: SaleOrderLineDraft, product: SoldProduct): bigint {
  const price = priceOf(draft, product);
  const unit = product.unit as Unit;
  return isTimeUnit(unit)
    ? amountMinor(draft.quantityMinutes ?? 0, unitMinutes(unit), price)
    : BigInt(draft.quantity ?? 0) * price;
}

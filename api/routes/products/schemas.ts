import { z } from 'zod';
import { units } from '../../../domain/billing/amounts';
import { invoicingMethods, productKinds } from '../../../services/products/product';
import { currency, id, line, recordMembers } from '../../schemas';

/** Of one unit; bounded so that the amount of any line stays an exact number in JSON. */
export const unitPriceMinor = z.int().min(0).max(10_000_000_000);
export const invoicing = z.enum(invoicingMethods);
export const unit = z.enum(units);

export const productBody = z.strictObject({
  name: line(200),
  kind: z.enum(productKinds),
  invoicing,
  unit,
  unitPriceMinor,
  currency,
  active: z.boolean().optional(),
});

export const productChanges = z.strictObject({
  name: line(200).optional(),
  invoicing: invoicing.optional(),
  unit: unit.optional(),
  unitPriceMinor: unitPriceMinor.optional(),
  active: z.boolean().optional(),
});

export const product = z
  .strictObject({
    id: id('product'),
    name: z.string(),
    kind: z.enum(productKinds),
    invoicing,
    unit,
    unitPriceMinor,
    currency,
    active: z.boolean(),
    ...recordMembers,
  })
  .meta({
    id: 'Product',
    description:
      'What is sold: a price for one hour, day (480 minutes) or piece, invoiced as ordered or as delivered.',
  });

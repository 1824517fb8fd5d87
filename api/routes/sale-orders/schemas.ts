import { z } from 'zod';
import { invoiceStatuses } from '../../../services/invoicing/invoice';
import { saleOrderStatuses } from '../../../services/sales/sale-order';
import { answeredInstant, currency, date, id, line, recordMembers } from '../../schemas';
import { payment, tracedSlice } from '../invoices/schemas';
import { invoicing, unit, unitPriceMinor } from '../products/schemas';

/** 19 years of minutes; no order is longer. */
const quantityMinutes = z.int().min(1).max(10_000_000);
const quantity = z.int().min(1).max(1_000_000);

const lineBody = z.strictObject({
  productId: id('product'),
  quantityMinutes: quantityMinutes
    .optional()
    .meta({ description: 'For products sold in time; may be left out for time and materials.' }),
  quantity: quantity.optional().meta({ description: 'For products sold by the piece.' }),
  unitPriceMinor: unitPriceMinor.optional().meta({ description: "The product's price when left out." }),
  description: line(500).optional().meta({ description: "The product's name when left out." }),
});

const lines = z.array(lineBody).min(1).max(100);

export const saleOrderBody = z.strictObject({ contactId: id('contact'), currency, lines });

export const saleOrderChanges = z.strictObject({
  contactId: id('contact').optional(),
  currency: currency.optional(),
  lines: lines.optional().meta({ description: 'Replaces all lines; each gets a new id.' }),
});

const minutes = z.int().min(0);

const saleOrderLine = z
  .strictObject({
    id: id('saleOrderLine'),
    productId: id('product'),
    position: z.int().min(1),
    description: z.string(),
    invoicing,
    unit,
    unitPriceMinor,
    orderedMinutes: minutes.nullable(),
    quantity: z.int().nullable(),
    deliveredMinutes: minutes,
    invoicedMinutes: minutes.meta({ description: 'On posted and paid invoices.' }),
    invoicedQuantity: z.int().min(0),
    remainingMinutes: z
      .int()
      .nullable()
      .meta({ description: 'Prepaid time only: ordered less delivered; negative when overdrawn.' }),
  })
  .meta({ id: 'SaleOrderLine' });

export const saleOrder = z
  .strictObject({
    id: id('saleOrder'),
    number: z.int().min(1),
    contactId: id('contact'),
    currency,
    status: z.enum(saleOrderStatuses),
    confirmedAt: answeredInstant.nullable(),
    cancelledAt: answeredInstant.nullable(),
    lines: z.array(saleOrderLine),
    ...recordMembers,
  })
  .meta({ id: 'SaleOrder' });

export const invoiceRequest = z.strictObject({
  from: date.optional().meta({ description: 'First date of the work, inclusive; prepaid lines ignore it.' }),
  to: date.optional().meta({ description: 'Last date of the work, inclusive; prepaid lines ignore it.' }),
  preview: z.boolean().optional().meta({ description: 'Answers the lines and writes nothing.' }),
});

export const invoicePreview = z
  .strictObject({
    saleOrderId: id('saleOrder'),
    currency,
    from: date.nullable(),
    to: date.nullable(),
    totalMinor: z.int().min(1),
    lines: z.array(
      z.strictObject({
        saleOrderLineId: id('saleOrderLine'),
        description: z.string(),
        unit,
        quantityMinutes: minutes.nullable(),
        quantity: z.int().nullable(),
        unitPriceMinor,
        amountMinor: z.int().min(0),
      }),
    ),
  })
  .meta({ id: 'InvoicePreview' });

const figures = {
  revenueMinor: z.int().min(0),
  costMinor: z.int().min(0),
  marginMinor: z.int(),
};

export const profitability = z
  .strictObject({
    saleOrderId: id('saleOrder'),
    currency,
    ...figures,
    otherCosts: z
      .array(z.strictObject({ currency, costMinor: z.int().min(0) }))
      .meta({ description: 'Costs of employees paid in another currency; in none of the other figures.' }),
    byMonth: z.array(z.strictObject({ month: z.string().regex(/^\d{4,}-\d{2}$/), ...figures })),
  })
  .meta({ id: 'Profitability' });

export const saleOrderTrace = z
  .strictObject({
    saleOrder: z.strictObject({
      id: id('saleOrder'),
      number: z.int().min(1),
      status: z.enum(saleOrderStatuses),
      contactId: id('contact'),
      currency,
    }),
    lines: z.array(
      z.strictObject({
        id: id('saleOrderLine'),
        position: z.int().min(1),
        description: z.string(),
        invoicing,
        unit,
        orderedMinutes: minutes.nullable(),
        quantity: z.int().nullable(),
        deliveredMinutes: minutes,
        invoiceLines: z.array(
          z.strictObject({
            id: id('invoiceLine'),
            invoiceId: id('invoice'),
            quantityMinutes: minutes.nullable(),
            quantity: z.int().nullable(),
            amountMinor: z.int().min(0),
          }),
        ),
        slices: z.array(tracedSlice),
      }),
    ),
    invoices: z.array(
      z.strictObject({
        id: id('invoice'),
        number: z.string().nullable(),
        status: z.enum(invoiceStatuses),
        totalMinor: z.int().min(0),
        paidMinor: z.int().min(0),
        openMinor: z.int().min(0),
        payments: z.array(payment),
      }),
    ),
    tickets: z.array(z.strictObject({ id: id('ticket'), reference: z.string(), minutes })),
  })
  .meta({ id: 'SaleOrderTrace' });

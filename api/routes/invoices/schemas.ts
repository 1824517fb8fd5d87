import { z } from 'zod';
import { sliceFates } from '../../../domain/billing/slices';
import { invoiceStatuses } from '../../../services/invoicing/invoice';
import { answeredInstant, currency, date, id, instant, line, recordMembers } from '../../schemas';
import { invoicing, unit, unitPriceMinor } from '../products/schemas';

/** Of a whole invoice, also what pays it: sums of lines go beyond what one price may be. */
const sumMinor = z.int().min(0);
const minutes = z.int().min(0);

const invoiceLine = z
  .strictObject({
    id: id('invoiceLine'),
    saleOrderLineId: id('saleOrderLine'),
    position: z.int().min(1),
    description: z.string(),
    quantityMinutes: minutes.nullable(),
    quantity: z.int().nullable(),
    unit,
    unitPriceMinor,
    amountMinor: sumMinor,
  })
  .meta({ id: 'InvoiceLine', description: 'Time in minutes or things in pieces; the other is null.' });

export const payment = z
  .strictObject({
    id: id('payment'),
    amountMinor: sumMinor,
    currency,
    paidAt: answeredInstant,
    method: z.string(),
    reference: z.string(),
    createdAt: answeredInstant,
  })
  .meta({ id: 'Payment' });

export const invoice = z
  .strictObject({
    id: id('invoice'),
    saleOrderId: id('saleOrder'),
    contactId: id('contact'),
    status: z.enum(invoiceStatuses),
    number: z
      .string()
      .nullable()
      .meta({ description: 'Gapless per company and year; given when the invoice is posted.' }),
    currency,
    from: date.nullable(),
    to: date.nullable(),
    totalMinor: sumMinor,
    paidMinor: sumMinor,
    openMinor: sumMinor,
    invoiceDate: date.nullable().meta({
      description: 'When it was posted, in the company’s time zone as it was then; its year is the number’s.',
    }),
    postedAt: answeredInstant.nullable(),
    paidAt: answeredInstant.nullable(),
    lines: z.array(invoiceLine),
    payments: z.array(payment),
    ...recordMembers,
  })
  .meta({ id: 'Invoice' });

export const invoiceChanges = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        lineId: id('invoiceLine'),
        quantityMinutes: z
          .int()
          .min(0)
          .max(2_147_483_647)
          .optional()
          .meta({ description: 'At most what stands there; 0 takes the line off.' }),
        quantity: z.int().min(0).max(2_147_483_647).optional(),
        description: line(500).optional(),
      }),
    )
    .min(1)
    .max(100),
});

export const paymentBody = z.strictObject({
  amountMinor: sumMinor.min(1),
  paidAt: instant,
  method: line(50).meta({ description: 'Such as `bank_transfer` or `card`.' }),
  reference: line(200).meta({ description: "The payer's or the bank's; once per invoice." }),
});

export const recordedPayment = payment
  .extend({
    invoiceId: id('invoice'),
    invoiceStatus: z.enum(invoiceStatuses),
    openMinor: sumMinor.meta({ description: 'What is left to pay after it.' }),
  })
  .meta({ id: 'RecordedPayment' });

export const tracedSlice = z
  .strictObject({
    id: id('slice'),
    fate: z.enum(sliceFates),
    fromMinute: minutes,
    toMinute: minutes,
    minutes,
    invoiceLineId: id('invoiceLine').nullable(),
    entry: z.strictObject({
      id: id('timesheetEntry'),
      employeeId: id('employee'),
      employeeName: z.string(),
      date,
      minutes,
      ticketId: id('ticket'),
      ticketReference: z.string(),
    }),
  })
  .meta({
    id: 'InvoicedSlice',
    description: 'Minutes of a time entry with one fate, and where they come from.',
  });

export const invoiceTrace = z
  .strictObject({
    invoice: z.strictObject({
      id: id('invoice'),
      number: z.string().nullable(),
      status: z.enum(invoiceStatuses),
      contactId: id('contact'),
      currency,
      totalMinor: sumMinor,
      paidMinor: sumMinor,
      openMinor: sumMinor,
    }),
    saleOrder: z.strictObject({ id: id('saleOrder'), number: z.int().min(1) }),
    lines: z.array(
      z.strictObject({
        id: id('invoiceLine'),
        position: z.int().min(1),
        description: z.string(),
        quantityMinutes: minutes.nullable(),
        quantity: z.int().nullable(),
        amountMinor: sumMinor,
        saleOrderLine: z.strictObject({
          id: id('saleOrderLine'),
          position: z.int().min(1),
          description: z.string(),
          invoicing,
          unit,
        }),
        slices: z.array(tracedSlice),
      }),
    ),
    payments: z.array(payment),
  })
  .meta({ id: 'InvoiceTrace' });

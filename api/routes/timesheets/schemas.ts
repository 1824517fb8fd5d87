import { z } from 'zod';
import { units } from '../../../domain/billing/amounts';
import { lineInvoicings, sliceFates } from '../../../domain/billing/slices';
import { answeredInstant, date, id, recordMembers, text } from '../../schemas';

const minutes = z.int().min(1).max(1440).meta({ description: 'Whole minutes, at most a day.' });
const description = text(2_000);
const billable = z.boolean();
const lineOfOrder = id('saleOrderLine');
const duration = z.int().min(0);
const money = z.int();

export const timesheetBody = z.strictObject({
  ticketId: id('ticket'),
  employeeId: id('employee').optional().meta({ description: "The caller's own employee when left out." }),
  date,
  minutes,
  description,
  billable: billable.default(true),
  saleOrderLineId: lineOfOrder.optional().meta({
    description:
      "When left out: the ticket's line; else, where the team bills time, the customer's newest prepaid line with time left.",
  }),
});

export const timesheetChanges = z.strictObject({
  date: date.optional(),
  minutes: minutes.optional(),
  description: description.optional(),
  billable: billable.optional(),
  saleOrderLineId: lineOfOrder
    .nullable()
    .optional()
    .meta({ description: 'Null takes the time off its line; it is then not billed.' }),
});

const sliceMembers = {
  id: id('slice'),
  fromMinute: duration,
  toMinute: duration,
  minutes: duration,
  fate: z.enum(sliceFates),
};

const billingState = z.enum(['pending', 'applied']);

export const timesheet = z
  .strictObject({
    id: id('timesheetEntry'),
    ticketId: id('ticket'),
    projectId: id('project'),
    employeeId: id('employee'),
    date,
    minutes,
    description: z.string(),
    billable,
    saleOrderLineId: lineOfOrder.nullable(),
    billing: z.strictObject({
      state: billingState,
      slices: z.array(
        z
          .strictObject({
            ...sliceMembers,
            saleOrderLineId: lineOfOrder.nullable(),
            invoiceLineId: id('invoiceLine').nullable(),
          })
          .meta({ id: 'Slice', description: "A stretch of an entry's minutes with exactly one fate." }),
      ),
    }),
    deletedAt: answeredInstant.nullable(),
    ...recordMembers,
  })
  .meta({
    id: 'Timesheet',
    description:
      'Time somebody worked on a ticket. Billing is pending until the ledger of slices holds the present version.',
  });

const moneyOfInvoice = money.nullable().meta({ description: '`null` for who may not read invoices.' });

const tracedInvoiceLine = z.strictObject({
  id: id('invoiceLine'),
  quantityMinutes: duration.nullable(),
  amountMinor: moneyOfInvoice,
  invoice: z.strictObject({
    id: id('invoice'),
    number: z.string().nullable(),
    status: z.string(),
    currency: z.string(),
    totalMinor: moneyOfInvoice,
    paidMinor: moneyOfInvoice,
    payments: z
      .array(
        z.strictObject({
          id: id('payment'),
          amountMinor: money,
          currency: z.string(),
          paidAt: answeredInstant,
          method: z.string(),
          reference: z.string(),
        }),
      )
      .nullable(),
  }),
});

const tracedOrderLine = z.strictObject({
  id: lineOfOrder,
  saleOrderId: id('saleOrder'),
  saleOrderNumber: z.int(),
  invoicing: z.enum(lineInvoicings),
  unit: z.enum(units),
  unitPriceMinor: money,
  currency: z.string(),
  orderedMinutes: duration.nullable(),
  deliveredMinutes: duration,
});

export const timeTrace = z
  .strictObject({
    ticketId: id('ticket'),
    ticketReference: z.string(),
    entries: z.array(
      z.strictObject({
        id: id('timesheetEntry'),
        employeeId: id('employee'),
        employeeName: z.string(),
        date,
        minutes,
        version: recordMembers.version,
        state: billingState,
        slices: z.array(
          z.strictObject({
            ...sliceMembers,
            saleOrderLine: tracedOrderLine.nullable(),
            invoiceLine: tracedInvoiceLine.nullable(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'TimeTrace', description: 'What became of each minute, from the ticket to the payment.' });

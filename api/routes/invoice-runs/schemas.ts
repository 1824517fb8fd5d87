import { z } from 'zod';
import { errorCodes } from '../../../domain/shared/errors';
import { invoiceRunStatuses, runOrderStatuses } from '../../../services/invoicing/invoice-run';
import { actor, date, id, recordMembers } from '../../schemas';

const filter = z.strictObject({
  saleOrderIds: z
    .array(id('saleOrder'))
    .min(1)
    .max(1000)
    .optional()
    .meta({ description: 'Exactly these orders; without it every confirmed one that matches the rest.' }),
  contactId: id('contact')
    .optional()
    .meta({ description: "Orders of this contact, and of an organisation's people." }),
});

export const invoiceRunBody = z.strictObject({
  filter,
  from: date.optional().meta({ description: 'First date of the work, inclusive; prepaid lines ignore it.' }),
  to: date.optional().meta({ description: 'Last date of the work, inclusive; prepaid lines ignore it.' }),
  post: z.boolean().optional().meta({ description: 'Whether each draft is posted at once.' }),
});

const count = z.int().min(0);

const runMembers = {
  id: id('invoiceRun'),
  filter,
  from: date.nullable(),
  to: date.nullable(),
  post: z.boolean(),
  status: z.enum(invoiceRunStatuses),
  requestedBy: actor,
  progress: z.strictObject({
    total: count,
    pending: count,
    invoiced: count,
    nothingToInvoice: count,
    refused: count,
    cancelled: count,
  }),
};

export const invoiceRunSummary = z
  .strictObject({ ...runMembers, ...recordMembers })
  .meta({ id: 'InvoiceRunSummary' });

export const invoiceRunOrder = z
  .strictObject({
    saleOrderId: id('saleOrder'),
    status: z.enum(runOrderStatuses),
    invoiceId: id('invoice').nullable(),
    problem: z
      .strictObject({ code: z.enum(errorCodes), message: z.string() })
      .nullable()
      .meta({ description: 'Why the order was not invoiced.' }),
  })
  .meta({ id: 'InvoiceRunOrder' });

export const invoiceRun = z
  .strictObject({
    ...runMembers,
    orders: z.array(invoiceRunOrder).meta({ description: 'The first 200; `/orders` has all of them.' }),
    ...recordMembers,
  })
  .meta({ id: 'InvoiceRun' });

import { z } from 'zod';
import { deleteInvoice } from '../../../services/invoicing/delete-invoice';
import { invoiceResource } from '../../../services/invoicing/invoice';
import { readInvoiceDocument } from '../../../services/invoicing/invoice-document';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { recordPayment } from '../../../services/invoicing/record-payment';
import { traceInvoice } from '../../../services/invoicing/trace-invoice';
import { updateInvoice } from '../../../services/invoicing/update-invoice';
import { listPage, readOne } from '../../../services/listing';
import { defineRoute, financeRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { readingInvoices } from './access';
import { invoice, invoiceChanges, invoiceTrace, paymentBody, recordedPayment } from './schemas';

const tag = 'Invoicing';
const params = z.strictObject({ invoiceId: id('invoice') });
const writing = { roles: financeRoles, scope: 'invoices:write' } as const;

/** Invoices from draft to paid (spec.md §9). */
export const invoiceRoutes = [
  defineRoute({
    operationId: 'listInvoices',
    method: 'get',
    path: '/v1/invoices',
    tag,
    summary: 'List invoices',
    access: readingInvoices,
    list: invoiceResource,
    answers: { status: 200, schema: pageOf(invoice), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, invoiceResource, page) }),
  }),
  defineRoute({
    operationId: 'getInvoice',
    method: 'get',
    path: '/v1/invoices/{invoiceId}',
    tag,
    summary: 'Read an invoice with its lines and payments',
    access: readingInvoices,
    params,
    answers: { status: 200, schema: invoice, description: 'The invoice.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, invoiceResource, params.invoiceId),
    }),
  }),
  defineRoute({
    operationId: 'updateInvoice',
    method: 'patch',
    path: '/v1/invoices/{invoiceId}',
    tag,
    summary: 'Lower or reword lines of a draft',
    description:
      'Minutes that are taken off are unbilled again, the newest first; a quantity is never raised.',
    access: writing,
    params,
    body: invoiceChanges,
    guarded: true,
    answers: { status: 200, schema: invoice, description: 'The draft as changed.' },
    refusals: ['invoice_not_draft'],
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateInvoice(context, params.invoiceId, body.lines, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'deleteInvoice',
    method: 'delete',
    path: '/v1/invoices/{invoiceId}',
    tag,
    summary: 'Delete a draft',
    description: 'Its minutes are unbilled again.',
    access: writing,
    params,
    guarded: true,
    answers: { status: 204, description: 'The draft is gone.' },
    refusals: ['invoice_not_draft'],
    handle: async ({ context, params, expectedVersion }) => {
      await deleteInvoice(context, params.invoiceId, expectedVersion);
      return {};
    },
  }),
  defineRoute({
    operationId: 'postInvoice',
    method: 'post',
    path: '/v1/invoices/{invoiceId}/post',
    tag,
    summary: 'Post a draft',
    description:
      'Gives the next number of the company and year, without gaps; the invoice is final from then on.',
    access: writing,
    params,
    guarded: true,
    answers: { status: 200, schema: invoice, description: 'The posted invoice.' },
    refusals: ['invoice_not_draft'],
    handle: async ({ context, params, expectedVersion }) => ({
      body: await postInvoice(context, params.invoiceId, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'recordPayment',
    method: 'post',
    path: '/v1/invoices/{invoiceId}/payments',
    tag,
    summary: 'Record a payment',
    description: 'In part or in full; the one that leaves nothing open makes the invoice paid.',
    access: writing,
    params,
    body: paymentBody,
    answers: { status: 201, schema: recordedPayment, description: 'The payment, and what is left to pay.' },
    refusals: ['invoice_not_posted', 'payment_too_high'],
    handle: async ({ context, params, body }) => ({
      body: await recordPayment(context, params.invoiceId, body),
    }),
  }),
  defineRoute({
    operationId: 'getInvoicePdf',
    method: 'get',
    path: '/v1/invoices/{invoiceId}/pdf',
    tag,
    summary: 'The invoice as PDF',
    description: 'The same data give the same bytes.',
    access: readingInvoices,
    params,
    answers: {
      status: 200,
      schema: z.string().meta({ format: 'binary' }),
      contentType: 'application/pdf',
      description: 'The document.',
    },
    handle: async ({ context, params, services }) => {
      const document = await readInvoiceDocument(context, params.invoiceId);
      const name = document.invoice.number?.replaceAll('/', '-') ?? 'draft';
      return {
        body: await services.pdfOfInvoice(document),
        headers: {
          'Content-Type': 'application/pdf',
          'Content-Disposition': `inline; filename="${name}.pdf"`,
        },
      };
    },
  }),
  defineRoute({
    operationId: 'traceInvoice',
    method: 'get',
    path: '/v1/invoices/{invoiceId}/trace',
    tag,
    summary: 'From an invoice down to minutes, people and tickets, and up to order lines and payments',
    access: readingInvoices,
    params,
    answers: { status: 200, schema: invoiceTrace, description: 'One consistent picture.' },
    handle: async ({ context, params }) => ({ body: await traceInvoice(context, params.invoiceId) }),
  }),
];

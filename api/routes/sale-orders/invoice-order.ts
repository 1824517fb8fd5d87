import { z } from 'zod';
import { requirePeriod } from '../../../services/invoicing/create-invoice-run';
import { previewInvoice } from '../../../services/invoicing/preview-invoice';
import { draftedInvoice, requestInvoice } from '../../../services/invoicing/request-invoice';
import { defineRoute, financeRoles } from '../../route';
import { id } from '../../schemas';
import { invoiceRun } from '../invoice-runs/schemas';
import { startRun } from '../invoice-runs/start-run';
import { invoice } from '../invoices/schemas';
import { invoicePreview, invoiceRequest } from './schemas';

/** `POST /v1/sale-orders/{saleOrderId}/invoices`: one order, through the invoice run's workflow (api.md). */
export const invoiceOrderRoute = defineRoute({
  operationId: 'invoiceSaleOrder',
  method: 'post',
  path: '/v1/sale-orders/{saleOrderId}/invoices',
  tag: 'Invoicing',
  summary: 'Make a draft invoice from a sale order',
  description:
    'Time and materials are invoiced by unbilled minutes of the period, pieces and prepaid time as ordered. No minute is taken by two invoices. When the run takes longer than the deadline, or the workflow service is away, the answer is 202 with the run, which goes on by itself; `Prefer: wait=N` makes the deadline longer.',
  access: { roles: financeRoles, scope: 'invoices:write' },
  params: z.strictObject({ saleOrderId: id('saleOrder') }),
  body: invoiceRequest,
  answers: { status: 201, schema: invoice, description: 'The draft invoice.' },
  alsoAnswers: [
    { status: 200, schema: invoicePreview, description: 'With `preview`: what the invoice would hold.' },
    { status: 202, schema: invoiceRun, description: 'The run that makes the invoice; `Location` names it.' },
  ],
  made: '/v1/invoices/{invoiceId}',
  waits: true,
  refusals: ['order_not_confirmed', 'nothing_to_invoice'],
  handle: async ({ context, params, body, services, waitMs }) => {
    const { preview, ...request } = body;
    const { saleOrderId } = params;
    if (preview === true) {
      requirePeriod(request.from, request.to);
      const period = { from: request.from ?? null, to: request.to ?? null };
      return { status: 200, body: await previewInvoice(context, saleOrderId, period) };
    }
    const run = await requestInvoice(context, saleOrderId, request);
    const deadlineMs = Math.max(waitMs, services.environment.DECISION_DEADLINE_MS);
    await startRun(services, { companyId: context.companyId, runId: run.id }, deadlineMs);
    const drafted = await draftedInvoice(context, { runId: run.id, saleOrderId });
    return drafted === null
      ? { status: 202, body: run, headers: { Location: `/v1/invoice-runs/${run.id}` } }
      : { body: drafted };
  },
});

import { z } from 'zod';
import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { cancelInvoiceRun } from '../../../services/invoicing/finish-invoice-run';
import {
  invoiceRunDetailResource,
  invoiceRunOrderResource,
  invoiceRunOrdersOf,
  invoiceRunResource,
} from '../../../services/invoicing/invoice-run';
import { listPage, readOne } from '../../../services/listing';
import { defineRoute, financeRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { invoiceRun, invoiceRunBody, invoiceRunOrder, invoiceRunSummary } from './schemas';
import { startRun, tellCancelled } from './start-run';

const tag = 'Invoicing';
const params = z.strictObject({ invoiceRunId: id('invoiceRun') });
const reading = { roles: financeRoles, scope: 'invoices:read' } as const;
const writing = { roles: financeRoles, scope: 'invoices:write' } as const;

/** Invoice runs: many orders invoiced by one workflow (architecture.md §3). */
export const invoiceRunRoutes = [
  defineRoute({
    operationId: 'createInvoiceRun',
    method: 'post',
    path: '/v1/invoice-runs',
    tag,
    summary: 'Invoice many sale orders',
    description:
      'Answers as soon as the run is recorded; its workflow invoices the orders, each exactly once, and with `post` posts them. With the workflow service down the run waits for it.',
    access: writing,
    body: invoiceRunBody,
    answers: { status: 202, schema: invoiceRun, description: 'The recorded run; read it for its progress.' },
    handle: async ({ context, body, services }) => {
      const run = await createInvoiceRun(context, body);
      await startRun(services, { companyId: context.companyId, runId: run.id }, 0);
      return { body: run, headers: { Location: `/v1/invoice-runs/${run.id}` } };
    },
  }),
  defineRoute({
    operationId: 'listInvoiceRuns',
    method: 'get',
    path: '/v1/invoice-runs',
    tag,
    summary: 'List invoice runs',
    access: reading,
    list: invoiceRunResource,
    answers: { status: 200, schema: pageOf(invoiceRunSummary), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, invoiceRunResource, page) }),
  }),
  defineRoute({
    operationId: 'getInvoiceRun',
    method: 'get',
    path: '/v1/invoice-runs/{invoiceRunId}',
    tag,
    summary: 'Read an invoice run with its progress',
    live: true,
    access: reading,
    params,
    answers: { status: 200, schema: invoiceRun, description: 'The run and its first 200 orders.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, invoiceRunDetailResource, params.invoiceRunId),
    }),
  }),
  defineRoute({
    operationId: 'listInvoiceRunOrders',
    method: 'get',
    path: '/v1/invoice-runs/{invoiceRunId}/orders',
    tag,
    summary: 'List the sale orders of an invoice run',
    access: reading,
    params,
    list: invoiceRunOrderResource,
    answers: { status: 200, schema: pageOf(invoiceRunOrder), description: 'One page.' },
    handle: async ({ context, params, page }) => {
      const run = await readOne<{ id: string }>(context, invoiceRunResource, params.invoiceRunId);
      return { body: await listPage(context, invoiceRunOrdersOf(run.id), page) };
    },
  }),
  defineRoute({
    operationId: 'cancelInvoiceRun',
    method: 'post',
    path: '/v1/invoice-runs/{invoiceRunId}/cancel',
    tag,
    summary: 'Stop an invoice run between two orders',
    description: 'Orders that are being invoiced are finished; invoices that were made stay.',
    access: writing,
    params,
    answers: { status: 200, schema: invoiceRun, description: 'The cancelled run.' },
    refusals: ['run_not_cancellable'],
    handle: async ({ context, params, services }) => {
      const run = await cancelInvoiceRun(context, params.invoiceRunId);
      await tellCancelled(services, { companyId: context.companyId, runId: run.id });
      return { body: run };
    },
  }),
];

import { z } from 'zod';
import type { Role } from '../../../domain/shared/actor';
import { orderProfitability } from '../../../services/invoicing/profitability';
import { traceSaleOrder } from '../../../services/invoicing/trace-sale-order';
import { listPage, readOne } from '../../../services/listing';
import { cancelSaleOrder } from '../../../services/sales/cancel-sale-order';
import { confirmSaleOrder } from '../../../services/sales/confirm-sale-order';
import { createSaleOrder } from '../../../services/sales/create-sale-order';
import { saleOrderResource } from '../../../services/sales/sale-order';
import { updateSaleOrder } from '../../../services/sales/update-sale-order';
import { defineRoute, internalRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { invoiceOrderRoute } from './invoice-order';
import { profitability, saleOrder, saleOrderBody, saleOrderChanges, saleOrderTrace } from './schemas';

const tag = 'Sales';
const params = z.strictObject({ saleOrderId: id('saleOrder') });
const sellingRoles: readonly Role[] = ['admin', 'manager', 'finance'];
const reading = { roles: internalRoles, scope: 'sales:read' } as const;
const writing = { roles: sellingRoles, scope: 'sales:write' } as const;
/** Costs and the work of others are for those who answer for the order. */
const analysing = { roles: sellingRoles, scope: 'sales:read' } as const;

/** Sale orders and what stands on them (spec.md §9). */
export const saleOrderRoutes = [
  defineRoute({
    operationId: 'createSaleOrder',
    method: 'post',
    path: '/v1/sale-orders',
    tag,
    summary: 'Create a draft sale order',
    access: writing,
    body: saleOrderBody,
    answers: { status: 201, schema: saleOrder, description: 'The draft.' },
    refusals: ['currency_mismatch'],
    handle: async ({ context, body }) => ({ body: await createSaleOrder(context, body) }),
  }),
  defineRoute({
    operationId: 'listSaleOrders',
    method: 'get',
    path: '/v1/sale-orders',
    tag,
    summary: 'List sale orders',
    access: reading,
    list: saleOrderResource,
    answers: { status: 200, schema: pageOf(saleOrder), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, saleOrderResource, page) }),
  }),
  defineRoute({
    operationId: 'getSaleOrder',
    method: 'get',
    path: '/v1/sale-orders/{saleOrderId}',
    tag,
    summary: 'Read a sale order with what is delivered and invoiced',
    live: true,
    access: reading,
    params,
    answers: { status: 200, schema: saleOrder, description: 'The order.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, saleOrderResource, params.saleOrderId),
    }),
  }),
  defineRoute({
    operationId: 'updateSaleOrder',
    method: 'patch',
    path: '/v1/sale-orders/{saleOrderId}',
    tag,
    summary: 'Change a draft sale order',
    access: writing,
    params,
    body: saleOrderChanges,
    guarded: true,
    answers: { status: 200, schema: saleOrder, description: 'The draft as changed.' },
    refusals: ['order_not_draft', 'currency_mismatch'],
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateSaleOrder(context, params.saleOrderId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'confirmSaleOrder',
    method: 'post',
    path: '/v1/sale-orders/{saleOrderId}/confirm',
    tag,
    summary: 'Confirm a draft sale order',
    description: 'From then on time can be logged on its lines and it can be invoiced.',
    access: writing,
    params,
    guarded: true,
    answers: { status: 200, schema: saleOrder, description: 'The confirmed order.' },
    refusals: ['order_not_draft'],
    handle: async ({ context, params, expectedVersion }) => ({
      body: await confirmSaleOrder(context, params.saleOrderId, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'cancelSaleOrder',
    method: 'post',
    path: '/v1/sale-orders/{saleOrderId}/cancel',
    tag,
    summary: 'Cancel a sale order on which nothing stands',
    access: writing,
    params,
    guarded: true,
    answers: { status: 200, schema: saleOrder, description: 'The cancelled order.' },
    refusals: ['order_not_confirmed', 'order_has_deliveries'],
    handle: async ({ context, params, expectedVersion }) => ({
      body: await cancelSaleOrder(context, params.saleOrderId, expectedVersion),
    }),
  }),
  invoiceOrderRoute,
  defineRoute({
    operationId: 'getSaleOrderProfitability',
    method: 'get',
    path: '/v1/sale-orders/{saleOrderId}/profitability',
    tag,
    summary: 'Revenue, cost and margin of a sale order, by month',
    description:
      "Revenue is what stands on posted invoices, by the month of posting in the company's time zone; cost is the time in the ledger at each employee's hourly cost, by the month of the work.",
    access: analysing,
    params,
    answers: { status: 200, schema: profitability, description: 'The figures.' },
    handle: async ({ context, params }) => ({ body: await orderProfitability(context, params.saleOrderId) }),
  }),
  defineRoute({
    operationId: 'traceSaleOrder',
    method: 'get',
    path: '/v1/sale-orders/{saleOrderId}/trace',
    tag,
    summary: 'From a sale order down to minutes, people and tickets, and up to invoices and payments',
    access: analysing,
    params,
    answers: { status: 200, schema: saleOrderTrace, description: 'One consistent picture.' },
    handle: async ({ context, params }) => ({ body: await traceSaleOrder(context, params.saleOrderId) }),
  }),
];

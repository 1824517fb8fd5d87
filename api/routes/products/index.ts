import { z } from 'zod';
import type { Role } from '../../../domain/shared/actor';
import { listPage, readOne } from '../../../services/listing';
import { createProduct } from '../../../services/products/create-product';
import { productResource } from '../../../services/products/product';
import { updateProduct } from '../../../services/products/update-product';
import { defineRoute, internalRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { product, productBody, productChanges } from './schemas';

const tag = 'Sales';
const params = z.strictObject({ productId: id('product') });
const sellingRoles: readonly Role[] = ['admin', 'manager', 'finance'];
const reading = { roles: internalRoles, scope: 'sales:read' } as const;
const writing = { roles: sellingRoles, scope: 'sales:write' } as const;

/** Products: what order lines sell (spec.md §9). */
export const productRoutes = [
  defineRoute({
    operationId: 'createProduct',
    method: 'post',
    path: '/v1/products',
    tag,
    summary: 'Create a product',
    access: writing,
    body: productBody,
    answers: { status: 201, schema: product, description: 'The new product.' },
    handle: async ({ context, body }) => ({ body: await createProduct(context, body) }),
  }),
  defineRoute({
    operationId: 'listProducts',
    method: 'get',
    path: '/v1/products',
    tag,
    summary: 'List products',
    access: reading,
    list: productResource,
    answers: { status: 200, schema: pageOf(product), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, productResource, page) }),
  }),
  defineRoute({
    operationId: 'getProduct',
    method: 'get',
    path: '/v1/products/{productId}',
    tag,
    summary: 'Read a product',
    access: reading,
    params,
    answers: { status: 200, schema: product, description: 'The product.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, productResource, params.productId),
    }),
  }),
  defineRoute({
    operationId: 'updateProduct',
    method: 'patch',
    path: '/v1/products/{productId}',
    tag,
    summary: 'Change a product',
    description: 'Order lines keep the price, unit and invoicing they were made with.',
    access: writing,
    params,
    body: productChanges,
    guarded: true,
    answers: { status: 200, schema: product, description: 'The product as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateProduct(context, params.productId, body, expectedVersion),
    }),
  }),
];

import { z } from 'zod';
import { companyResource } from '../../../services/companies/company';
import { updateCompany } from '../../../services/companies/update-company';
import { readOne } from '../../../services/listing';
import { defineRoute, internalRoles } from '../../route';
import { currency, id, line, recordMembers, timezone } from '../../schemas';

const tag = 'Company';

const company = z
  .strictObject({
    id: id('company'),
    name: z.string(),
    timezone: z.string(),
    currency: z.string(),
    ...recordMembers,
  })
  .meta({ id: 'Company', description: "The caller's own company." });

export const companyRoutes = [
  defineRoute({
    operationId: 'getCompany',
    method: 'get',
    path: '/v1/companies/current',
    tag,
    summary: 'Read your company',
    access: { roles: internalRoles, scope: 'settings:read' },
    answers: { status: 200, schema: company, description: 'The company.' },
    handle: async ({ context }) => ({ body: await readOne(context, companyResource, context.companyId) }),
  }),
  defineRoute({
    operationId: 'updateCompany',
    method: 'patch',
    path: '/v1/companies/current',
    tag,
    summary: 'Change your company',
    access: { roles: ['admin'], scope: 'settings:write' },
    body: z.strictObject({
      name: line(200).optional(),
      timezone: timezone.optional(),
      currency: currency.optional(),
    }),
    guarded: true,
    answers: { status: 200, schema: company, description: 'The company as changed.' },
    handle: async ({ context, body, expectedVersion }) => ({
      body: await updateCompany(context, body, expectedVersion),
    }),
  }),
];

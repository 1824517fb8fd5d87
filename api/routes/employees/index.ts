import { z } from 'zod';
import { createEmployee } from '../../../services/employees/create-employee';
import { employeeResource } from '../../../services/employees/employee';
import { updateEmployee } from '../../../services/employees/update-employee';
import { listPage, readOne } from '../../../services/listing';
import { defineRoute, managingRoles } from '../../route';
import { amountMinor, currency, id, line, pageOf, recordMembers } from '../../schemas';

const tag = 'Employees';
const params = z.strictObject({ employeeId: id('employee') });
/** What somebody costs is nothing for agents to read (spec.md §9). */
const reading = { roles: ['admin', 'manager', 'finance'], scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

const members = {
  userId: id('user').nullable().optional(),
  name: line(200).optional(),
  currency: currency.optional(),
};

const employee = z
  .strictObject({
    id: id('employee'),
    userId: id('user').nullable(),
    name: z.string(),
    calendarId: id('calendar'),
    hourlyCostMinor: amountMinor,
    currency: z.string(),
    ...recordMembers,
  })
  .meta({ id: 'Employee', description: 'Somebody who works by a calendar and costs something an hour.' });

export const employeeRoutes = [
  defineRoute({
    operationId: 'createEmployee',
    method: 'post',
    path: '/v1/employees',
    tag,
    summary: 'Create an employee',
    description: "Without a name it takes the user's, without a currency the company's.",
    access: writing,
    body: z.strictObject({ ...members, calendarId: id('calendar'), hourlyCostMinor: amountMinor }),
    answers: { status: 201, schema: employee, description: 'The new employee.' },
    handle: async ({ context, body }) => ({ body: await createEmployee(context, body) }),
  }),
  defineRoute({
    operationId: 'listEmployees',
    method: 'get',
    path: '/v1/employees',
    tag,
    summary: 'List employees',
    access: reading,
    list: employeeResource,
    answers: { status: 200, schema: pageOf(employee), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, employeeResource, page) }),
  }),
  defineRoute({
    operationId: 'getEmployee',
    method: 'get',
    path: '/v1/employees/{employeeId}',
    tag,
    summary: 'Read an employee',
    access: reading,
    params,
    answers: { status: 200, schema: employee, description: 'The employee.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, employeeResource, params.employeeId),
    }),
  }),
  defineRoute({
    operationId: 'updateEmployee',
    method: 'patch',
    path: '/v1/employees/{employeeId}',
    tag,
    summary: 'Change an employee',
    access: writing,
    params,
    body: z.strictObject({
      ...members,
      calendarId: id('calendar').optional(),
      hourlyCostMinor: amountMinor.optional(),
    }),
    guarded: true,
    answers: { status: 200, schema: employee, description: 'The employee as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateEmployee(context, params.employeeId, body, expectedVersion),
    }),
  }),
];

import { z } from 'zod';
import type { Identity } from '../../../services/access/authenticate';
import { listPage, readOne } from '../../../services/listing';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { logTime } from '../../../services/timesheets/log-time';
import { listedTimesheets, timesheetResource } from '../../../services/timesheets/timesheet';
import { traceTicket, traceTimesheet } from '../../../services/timesheets/trace';
import { updateTimesheet } from '../../../services/timesheets/update-timesheet';
import { mayCall } from '../../middleware/request-context';
import { defineRoute, internalRoles, supportRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { readingInvoices } from '../invoices/access';
import { ticketParams } from '../tickets/schemas';
import { answerWhenApplied } from './answer-when-applied';
import { timesheet, timesheetBody, timesheetChanges, timeTrace } from './schemas';

const tag = 'Timesheets';
const params = z.strictObject({ timesheetId: id('timesheetEntry') });
const reading = { roles: internalRoles, scope: 'time:read' } as const;
const writing = { roles: supportRoles, scope: 'time:write' } as const;
const traceOf = ({ identity }: { readonly identity: Identity }) => ({
  invoiceMoney: mayCall(identity, readingInvoices),
});
const waiting =
  'Billing follows through the ticket’s workflow; with `Prefer: wait=N` the answer waits up to N seconds for it, and `Preference-Applied: wait` says that it did.';

export const timesheetRoutes = [
  defineRoute({
    operationId: 'logTime',
    method: 'post',
    path: '/v1/timesheets',
    tag,
    summary: 'Log time on a ticket',
    description: `${waiting} Only managers and administrators log time for others.`,
    access: writing,
    confirmsCaller: true,
    waits: true,
    body: timesheetBody,
    refusals: ['ticket_archived', 'timesheets_disabled', 'no_employee', 'order_line_not_billable'],
    answers: { status: 201, schema: timesheet, description: 'The new entry.' },
    handle: async (request) => answerWhenApplied(request, await logTime(request.context, request.body)),
  }),
  defineRoute({
    operationId: 'listTimesheets',
    method: 'get',
    path: '/v1/timesheets',
    tag,
    summary: 'List time entries',
    description: 'Time on the tickets the caller may see; deleted entries are left out.',
    access: reading,
    list: listedTimesheets,
    answers: { status: 200, schema: pageOf(timesheet), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, listedTimesheets, page) }),
  }),
  defineRoute({
    operationId: 'getTimesheet',
    method: 'get',
    path: '/v1/timesheets/{timesheetId}',
    tag,
    summary: 'Read a time entry',
    description: 'Also a deleted one, with the instant it was deleted.',
    access: reading,
    params,
    live: true,
    answers: { status: 200, schema: timesheet, description: 'The entry.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, timesheetResource, params.timesheetId),
    }),
  }),
  defineRoute({
    operationId: 'updateTimesheet',
    method: 'patch',
    path: '/v1/timesheets/{timesheetId}',
    tag,
    summary: 'Change a time entry',
    description: `Makes a new version. Refused once minutes of it stand in an invoice of time and materials; time drawn from a prepaid pack may always change. ${waiting}`,
    access: writing,
    params,
    body: timesheetChanges,
    guarded: true,
    waits: true,
    refusals: ['entry_locked', 'entry_deleted', 'order_line_not_billable'],
    answers: { status: 200, schema: timesheet, description: 'The entry as changed.' },
    handle: async (request) => {
      const { context, params, body, expectedVersion } = request;
      return answerWhenApplied(
        request,
        await updateTimesheet(context, params.timesheetId, body, expectedVersion),
      );
    },
  }),
  defineRoute({
    operationId: 'deleteTimesheet',
    method: 'delete',
    path: '/v1/timesheets/{timesheetId}',
    tag,
    summary: 'Delete a time entry',
    description:
      'Its minutes leave the ledger; the record stays readable. Refused like a change once it is invoiced.',
    access: writing,
    params,
    guarded: true,
    refusals: ['entry_locked', 'entry_deleted'],
    answers: { status: 204, description: 'Deleted.' },
    handle: async ({ context, params, expectedVersion }) => {
      await deleteTimesheet(context, params.timesheetId, expectedVersion);
      return {};
    },
  }),
  defineRoute({
    operationId: 'traceTimesheet',
    method: 'get',
    path: '/v1/timesheets/{timesheetId}/trace',
    tag,
    summary: 'What became of the time of an entry',
    description:
      'Entry, slices, sale order lines, invoice lines, invoices and payments, with ids and amounts. Who may not read invoices sees neither their amounts nor their payments.',
    access: reading,
    params,
    answers: { status: 200, schema: timeTrace, description: 'The trace.' },
    handle: async (request) => ({
      body: await traceTimesheet(request.context, request.params.timesheetId, traceOf(request)),
    }),
  }),
  defineRoute({
    operationId: 'traceTicket',
    method: 'get',
    path: '/v1/tickets/{ticketId}/trace',
    tag,
    summary: 'What became of the time of a ticket',
    description: 'The trace of each of the ticket’s time entries, as the trace of one shows it.',
    access: reading,
    params: ticketParams,
    answers: { status: 200, schema: timeTrace, description: 'The trace.' },
    handle: async (request) => ({
      body: await traceTicket(request.context, request.params.ticketId, traceOf(request)),
    }),
  }),
];

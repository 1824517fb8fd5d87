import { z } from 'zod';
import { calendarResource, calendarVersionResource } from '../../../services/calendars/calendar';
import { compute } from '../../../services/calendars/compute';
import { createCalendar } from '../../../services/calendars/create-calendar';
import { importHolidays } from '../../../services/calendars/import-holidays';
import { listCalendarVersions } from '../../../services/calendars/list-versions';
import { updateCalendar } from '../../../services/calendars/update-calendar';
import { listPage, readOne } from '../../../services/listing';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import {
  calendar,
  calendarBody,
  calendarChanges,
  calendarVersion,
  calendarWithImport,
  computation,
  computationResult,
  holidaysSource,
} from './schemas';

const tag = 'Calendars';
const params = z.strictObject({ calendarId: id('calendar') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

export const calendarRoutes = [
  defineRoute({
    operationId: 'createCalendar',
    method: 'post',
    path: '/v1/calendars',
    tag,
    summary: 'Create a working calendar',
    description: 'A calendar that never opens is refused.',
    access: writing,
    body: calendarBody,
    answers: { status: 201, schema: calendar, description: 'The new calendar; its hours are version 1.' },
    handle: async ({ context, body }) => ({ body: await createCalendar(context, body) }),
  }),
  defineRoute({
    operationId: 'listCalendars',
    method: 'get',
    path: '/v1/calendars',
    tag,
    summary: 'List calendars',
    access: reading,
    list: calendarResource,
    answers: { status: 200, schema: pageOf(calendar), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, calendarResource, page) }),
  }),
  defineRoute({
    operationId: 'getCalendar',
    method: 'get',
    path: '/v1/calendars/{calendarId}',
    tag,
    summary: 'Read a calendar',
    access: reading,
    params,
    answers: { status: 200, schema: calendar, description: 'The calendar with its present hours.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, calendarResource, params.calendarId),
    }),
  }),
  defineRoute({
    operationId: 'updateCalendar',
    method: 'patch',
    path: '/v1/calendars/{calendarId}',
    tag,
    summary: 'Change a calendar',
    description:
      'Lists are replaced whole. Other hours make a new version, and the deadlines of open tickets are computed anew.',
    access: writing,
    params,
    body: calendarChanges,
    guarded: true,
    answers: { status: 200, schema: calendar, description: 'The calendar as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateCalendar(context, params.calendarId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'listCalendarVersions',
    method: 'get',
    path: '/v1/calendars/{calendarId}/versions',
    tag,
    summary: 'List the versions of a calendar',
    access: reading,
    params,
    list: calendarVersionResource,
    answers: { status: 200, schema: pageOf(calendarVersion), description: 'One page, newest first.' },
    handle: async ({ context, params, page }) => ({
      body: await listCalendarVersions(context, params.calendarId, page),
    }),
  }),
  defineRoute({
    operationId: 'importHolidays',
    method: 'post',
    path: '/v1/calendars/{calendarId}/holidays/import',
    tag,
    summary: 'Import holidays',
    description:
      'The public holidays of a country, or the all-day events of an iCalendar sent as text/calendar, become closed dates. A date that has an exception keeps it; importing again changes nothing.',
    access: writing,
    params,
    body: holidaysSource,
    bodyType: 'text/calendar',
    guarded: true,
    answers: { status: 200, schema: calendarWithImport, description: 'The calendar with what was imported.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await importHolidays(context, params.calendarId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'computeWorkingTime',
    method: 'post',
    path: '/v1/calendars/{calendarId}/compute',
    tag,
    summary: 'Compute working time',
    description: 'Asks the engine that sets the deadlines; nothing is changed.',
    access: reading,
    params,
    body: computation,
    answers: { status: 200, schema: computationResult, description: 'The answer with its segments.' },
    handle: async ({ context, params, body }) => ({ body: await compute(context, params.calendarId, body) }),
  }),
];

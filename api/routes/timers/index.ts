import { z } from 'zod';
import { listPage } from '../../../services/listing';
import { discardTimer } from '../../../services/timers/discard-timer';
import { startTimer } from '../../../services/timers/start-timer';
import { stopTimer } from '../../../services/timers/stop-timer';
import { timerResource } from '../../../services/timers/timer';
import { defineRoute, internalRoles, supportRoles } from '../../route';
import { answeredInstant, id, pageOf } from '../../schemas';
import { ticketParams } from '../tickets/schemas';
import { answerWhenApplied } from '../timesheets/answer-when-applied';
import { timesheet, timesheetBody } from '../timesheets/schemas';

const tag = 'Timesheets';
const writing = { roles: supportRoles, scope: 'time:write' } as const;

const timer = z
  .strictObject({
    id: id('timer'),
    ticketId: id('ticket'),
    employeeId: id('employee'),
    startedAt: answeredInstant,
  })
  .meta({ id: 'Timer', description: 'A timer that runs: at most one for each employee and ticket.' });

const { employeeId, minutes, description, billable, saleOrderLineId } = timesheetBody.shape;

const startBody = z.strictObject({ employeeId });

const stopBody = z.strictObject({
  employeeId,
  description,
  billable,
  saleOrderLineId,
  minutes: minutes.optional().meta({ description: 'What to log in place of what the timer measured.' }),
});

export const timerRoutes = [
  defineRoute({
    operationId: 'listTimers',
    method: 'get',
    path: '/v1/timers',
    tag,
    summary: 'List running timers',
    description: 'Timers on the tickets the caller may see.',
    access: { roles: internalRoles, scope: 'time:read' },
    list: timerResource,
    answers: { status: 200, schema: pageOf(timer), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, timerResource, page) }),
  }),
  defineRoute({
    operationId: 'startTimer',
    method: 'post',
    path: '/v1/tickets/{ticketId}/timer/start',
    tag,
    summary: 'Start a timer',
    description:
      'Runs until it is stopped, whatever is closed or restarted meanwhile. Only managers and administrators start one for others.',
    access: writing,
    params: ticketParams,
    body: startBody,
    refusals: ['ticket_archived', 'timesheets_disabled', 'no_employee'],
    answers: { status: 201, schema: timer, description: 'The timer, started.' },
    alsoAnswers: [{ status: 200, schema: timer, description: 'The timer, which ran already and goes on.' }],
    handle: async ({ context, params, body }) => {
      const { timer: running, started } = await startTimer(context, params.ticketId, body);
      return { body: running, ...(started ? {} : { status: 200 }) };
    },
  }),
  defineRoute({
    operationId: 'stopTimer',
    method: 'post',
    path: '/v1/tickets/{ticketId}/timer/stop',
    tag,
    summary: 'Stop a timer and log its time',
    description:
      'Logs the time as `POST /v1/timesheets` does, with its refusals, billing and `Prefer: wait=N`. The minutes are the nearest whole ones, half a minute up, at least one; the date is the one on which the timer was started, in the company’s time zone. Over a day is refused until `minutes` says what to log. A refused stop leaves the timer running.',
    access: writing,
    params: ticketParams,
    body: stopBody,
    made: '/v1/timesheets/{timesheetId}',
    waits: true,
    refusals: [
      'timer_not_running',
      'timer_over_a_day',
      'ticket_archived',
      'timesheets_disabled',
      'no_employee',
      'order_line_not_billable',
    ],
    answers: { status: 201, schema: timesheet, description: 'The new entry.' },
    handle: async (request) =>
      answerWhenApplied(request, await stopTimer(request.context, request.params.ticketId, request.body)),
  }),
  defineRoute({
    operationId: 'discardTimer',
    method: 'delete',
    path: '/v1/timers/{timerId}',
    tag,
    summary: 'Discard a timer',
    description: 'Ends it without logging anything.',
    access: writing,
    params: z.strictObject({ timerId: id('timer') }),
    answers: { status: 204, description: 'The timer is gone.' },
    handle: async ({ context, params }) => {
      await discardTimer(context, params.timerId);
      return {};
    },
  }),
];

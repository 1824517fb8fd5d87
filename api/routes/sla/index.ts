import { z } from 'zod';
import { slaStates } from '../../../domain/ticket/values';
import { explainDeadline } from '../../../services/sla/explain-deadline';
import { ticketSla } from '../../../services/sla/ticket-sla';
import { resolveTicketId } from '../../../services/tickets/resolve-ticket';
import { defineRoute, internalRoles } from '../../route';
import { actor, answeredInstant, id } from '../../schemas';
import { ticketParams } from '../tickets/schemas';

const tag = 'SLA';
const access = { roles: internalRoles, scope: 'tickets:read' } as const;
const clockStatus = z.enum(['running', 'paused', 'reached', 'breached', 'cancelled']);

const clock = z
  .strictObject({
    id: id('slaClock'),
    policyId: id('slaPolicy'),
    policyVersion: z.int().min(1),
    policyName: z.string(),
    cycle: z.int().min(1),
    target: z.strictObject({ kind: z.literal('reach_stage'), stageId: id('stage'), minutes: z.int().min(1) }),
    status: clockStatus,
    startedAt: answeredInstant,
    deadline: answeredInstant.nullable(),
    atRiskAt: answeredInstant.nullable(),
    reachedAt: answeredInstant.nullable(),
    breachedAt: answeredInstant.nullable().meta({ description: 'The deadline that passed.' }),
    observedAt: answeredInstant
      .nullable()
      .meta({ description: 'When the breach was seen; later after an outage.' }),
    exceededMinutes: z.int().min(0).nullable(),
    remainingMinutes: z.int().min(0),
  })
  .meta({ id: 'SlaClock' });

const ticketSlaSchema = z.strictObject({
  state: z.enum(slaStates),
  nextDeadline: answeredInstant.nullable(),
  clocks: z.array(clock),
});

const segment = z.strictObject({
  from: answeredInstant,
  to: answeredInstant,
  minutes: z.int().min(0),
  counted: z.boolean(),
  reason: z.string().meta({
    description:
      'working_hours, outside_hours, holiday, leave, override, stage_paused, stage_reached or stage_cancelled',
  }),
  name: z.string().nullable().meta({ description: 'Of the holiday or exception.' }),
  cause: z
    .strictObject({ stageId: id('stage'), actor })
    .nullable()
    .meta({ description: 'Who paused the clock.' }),
});

const explanation = z
  .strictObject({
    clockId: id('slaClock'),
    policyId: id('slaPolicy'),
    policyVersion: z.int().min(1),
    calendarId: id('calendar'),
    calendarVersion: z.int().min(1),
    timeZone: z.string(),
    timeZoneData: z.string().meta({ description: 'The release of the time-zone rules that was used.' }),
    startedAt: answeredInstant,
    until: answeredInstant,
    deadline: answeredInstant.nullable(),
    targetMinutes: z.int().min(1),
    segments: z.array(segment).nullable().meta({
      description:
        'Counted and skipped stretches up to `until`; `null` when the clock runs over more than five years.',
    }),
    sumMinutes: z
      .int()
      .min(0)
      .meta({ description: 'Of the counted segments; the target exactly at a deadline.' }),
    remainingMinutes: z.int().min(0),
    sentence: z.string(),
    changes: z.array(
      z.strictObject({
        at: answeredInstant,
        cause: z.string(),
        actor,
        statusBefore: clockStatus.nullable(),
        statusAfter: clockStatus,
        deadlineBefore: answeredInstant.nullable(),
        deadlineAfter: answeredInstant.nullable(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({
    id: 'DeadlineExplanation',
    description: 'The proof of a deadline, stretch by stretch (spec.md §7).',
  });

export const slaRoutes = [
  defineRoute({
    operationId: 'getTicketSla',
    method: 'get',
    path: '/v1/tickets/{ticketId}/sla',
    tag,
    summary: 'See a ticket’s SLA clocks',
    access,
    params: ticketParams,
    answers: { status: 200, schema: ticketSlaSchema, description: 'Every clock of the ticket.' },
    handle: async ({ context, params }) => ({
      body: await ticketSla(context, await resolveTicketId(context, params.ticketId)),
    }),
  }),
  defineRoute({
    operationId: 'explainDeadline',
    method: 'get',
    path: '/v1/tickets/{ticketId}/sla/{clockId}/explanation',
    tag,
    summary: 'Ask a deadline why',
    access,
    params: ticketParams.extend({ clockId: id('slaClock') }),
    answers: { status: 200, schema: explanation, description: 'Counted and skipped time with its reasons.' },
    handle: async ({ context, params }) => ({
      body: await explainDeadline(context, await resolveTicketId(context, params.ticketId), params.clockId),
    }),
  }),
];

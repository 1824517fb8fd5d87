import { z } from 'zod';
import type { TicketDecision } from '../../../domain/ticket/decisions';
import type { Context } from '../../../services/context';
import { readTicket } from '../../../services/tickets/read-ticket';
import type { TicketView } from '../../../services/tickets/ticket';
import { defineRoute, type RouteAnswer, supportRoles } from '../../route';
import { id, line } from '../../schemas';
import type { Services } from '../../services';
import { ticket, ticketParams } from './schemas';

const reason = line(500)
  .optional()
  .meta({ description: 'Why; stands in the ticket’s events and in the reasons of its deadlines.' });

export const pendingCommand = z
  .strictObject({ commandId: z.string(), status: z.literal('pending'), address: z.string() })
  .meta({ id: 'PendingCommand', description: 'The decision goes on; ask for it at the address.' });

/** What every decision has in common (spec.md §2). */
export const decisionRoute = {
  method: 'post',
  tag: 'Tickets',
  access: { roles: supportRoles, scope: 'tickets:write' },
  params: ticketParams,
  guarded: true,
  decision: true,
  answers: { status: 200, schema: ticket, description: 'The ticket after the decision.' },
  alsoAnswers: [
    { status: 202, schema: pendingCommand, description: 'The decision outlasts the request; it goes on.' },
  ],
} as const;

interface DecisionRequest {
  readonly context: Context;
  readonly params: { readonly ticketId: string };
  readonly expectedVersion: number | undefined;
  readonly services: Services;
}

/**
 * Sends a decision to the ticket's workflow and maps its outcome. The decision may refer to the stage the caller
 * saw: the ticket's at the time of the request.
 */
export async function decide(
  { context, params, expectedVersion, services }: DecisionRequest,
  toDecision: (seen: TicketView) => TicketDecision,
): Promise<RouteAnswer> {
  const seen = await readTicket(context, params.ticketId);
  const outcome = await services.tickets.decide(context, seen, toDecision(seen), { expectedVersion });
  if (outcome.state === 'applied') return { body: outcome.result };
  const address = `/v1/commands/${outcome.commandId}`;
  return {
    status: 202,
    headers: { Location: address, 'Retry-After': '1' },
    body: { commandId: outcome.commandId, status: 'pending', address },
  };
}

/** Without an undefined member, as exact optional properties want it. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}

export const decisionRoutes = [
  defineRoute({
    ...decisionRoute,
    operationId: 'moveTicket',
    path: '/v1/tickets/{ticketId}/move',
    summary: 'Move a ticket to a stage',
    description:
      'Of two moves at the same instant one is refused with `stage_changed` and the present stage.',
    body: z.strictObject({ stageId: id('stage'), reason }),
    refusals: ['stage_changed', 'ticket_archived'],
    handle: (request) =>
      decide(request, (seen) => ({
        kind: 'move_stage',
        stageId: request.body.stageId,
        fromStageId: seen.stageId,
        ...given('reason', request.body.reason),
      })),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'assignTicket',
    path: '/v1/tickets/{ticketId}/assign',
    summary: 'Assign a ticket to a user, or to nobody',
    body: z.strictObject({ userId: id('user').nullable(), reason }),
    refusals: ['ticket_archived'],
    handle: (request) =>
      decide(request, () => ({
        kind: 'assign',
        userId: request.body.userId,
        ...given('reason', request.body.reason),
      })),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'closeTicket',
    path: '/v1/tickets/{ticketId}/close',
    summary: 'Close a ticket',
    description: 'Without a stage it enters the team’s first closed stage that does not cancel.',
    body: z.strictObject({ stageId: id('stage').optional(), reason }),
    refusals: ['stage_changed', 'ticket_archived', 'ticket_already_closed', 'no_such_stage_category'],
    handle: (request) =>
      decide(request, (seen) => ({
        kind: 'close',
        fromStageId: seen.stageId,
        ...given('stageId', request.body.stageId),
        ...given('reason', request.body.reason),
      })),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'reopenTicket',
    path: '/v1/tickets/{ticketId}/reopen',
    summary: 'Reopen a closed ticket',
    description: 'Its clocks go on or start over, as each policy’s rule on reopening says (spec.md §7).',
    body: z.strictObject({ stageId: id('stage').optional(), reason }),
    refusals: ['stage_changed', 'ticket_archived', 'ticket_not_closed', 'no_such_stage_category'],
    handle: (request) =>
      decide(request, (seen) => ({
        kind: 'reopen',
        fromStageId: seen.stageId,
        ...given('stageId', request.body.stageId),
        ...given('reason', request.body.reason),
      })),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'archiveTicket',
    path: '/v1/tickets/{ticketId}/archive',
    summary: 'Archive a ticket',
    description: 'It leaves lists and boards; its running clocks are cancelled and its workflow ends.',
    body: z.strictObject({ reason }),
    refusals: ['ticket_archived'],
    handle: (request) =>
      decide(request, () => ({ kind: 'archive', ...given('reason', request.body.reason) })),
  }),
  defineRoute({
    ...decisionRoute,
    operationId: 'recalculateTicketSla',
    path: '/v1/tickets/{ticketId}/sla/recalculate',
    tag: 'SLA',
    summary: 'Compute a ticket’s clocks anew',
    description: 'With the team’s present calendar; finished clocks never change.',
    body: z.strictObject({ reason }),
    refusals: ['ticket_archived'],
    handle: (request) =>
      decide(request, () => ({ kind: 'recalculate_sla', ...given('reason', request.body.reason) })),
  }),
];

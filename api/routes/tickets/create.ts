import { z } from 'zod';
import { DomainError } from '../../../domain/shared/errors';
import { claimRequest } from '../../../services/claim-request';
import type { Context } from '../../../services/context';
import { derivedId } from '../../../services/ids';
import { createTicket } from '../../../services/tickets/create-ticket';
import { toProblem } from '../../problems';
import { defineRoute, supportRoles } from '../../route';
import { email, id, line } from '../../schemas';
import { priority, subject, ticket, ticketText } from './schemas';

const ticketBody = z
  .strictObject({
    teamId: id('team'),
    subject,
    description: ticketText.optional(),
    contactId: id('contact').optional(),
    contact: z
      .strictObject({ name: line(200), email })
      .optional()
      .meta({
        description: 'The person, found by the address or created with the ticket; instead of `contactId`.',
      }),
    priority: priority.optional(),
    saleOrderLineId: id('saleOrderLine').optional(),
  })
  .refine((body) => body.contactId === undefined || body.contact === undefined, {
    path: ['contact'],
    message: 'name the contact by contactId or by contact, not both',
  });

const bulkItem = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('created'), ticket }),
  z.strictObject({
    status: z.literal('refused'),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })),
  }),
]);

const writing = { roles: supportRoles, scope: 'tickets:write' } as const;
/** Enough to use the database's group commit, few enough to leave connections for others. */
const bulkAtOnce = 4;

export const createTicketRoutes = [
  defineRoute({
    operationId: 'createTicket',
    method: 'post',
    path: '/v1/tickets',
    tag: 'Tickets',
    summary: 'Submit a ticket',
    description:
      'A fact: it answers after the commit and never waits for Temporal. The deadlines of the matching SLA policies are computed in the same transaction; the ticket’s workflow is started right after (spec.md §2).',
    access: writing,
    confirmsCaller: true,
    body: ticketBody,
    answers: { status: 201, schema: ticket, description: 'The new ticket with its deadline.' },
    handle: async ({ context, body }) => {
      const created = await createTicket(context, body);
      return { body: created };
    },
  }),
  defineRoute({
    operationId: 'createTicketsInBulk',
    method: 'post',
    path: '/v1/tickets/bulk',
    tag: 'Tickets',
    summary: 'Submit up to 100 tickets',
    description: 'Each ticket is created or refused for itself; the answers are in the order of the request.',
    access: writing,
    body: z.strictObject({ tickets: z.array(ticketBody).min(1).max(100) }),
    answers: {
      status: 200,
      schema: z.strictObject({ results: z.array(bulkItem) }),
      description: 'One result for each ticket, in order.',
    },
    handle: async ({ context, body }) => {
      await claimRequest(context);
      const results: z.input<typeof bulkItem>[] = [];
      const pending = body.tickets.map((draft, index) => ({ draft, index }));
      const work = async (): Promise<void> => {
        for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
          results[next.index] = await createOne(itemContext(context, next.index), next.draft);
        }
      };
      await Promise.all(Array.from({ length: bulkAtOnce }, work));
      return { body: { results } };
    },
  }),
];

async function createOne(
  context: Context,
  draft: z.output<typeof ticketBody>,
): Promise<z.input<typeof bulkItem>> {
  try {
    return { status: 'created', ticket: await createTicket(context, draft) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, detail, errors } = toProblem(error, context.requestId ?? '');
    return { status: 'refused', code, detail, errors: [...(errors ?? [])] };
  }
}

/** Each ticket has a key of its own under the request's, so that a repeated request repeats none of them. */
function itemContext(context: Context, index: number): Context {
  if (context.command === null) return context;
  const commandId = derivedId('command', context.command.commandId, String(index));
  return { ...context, command: { ...context.command, commandId, replayed: false } };
}

import { z } from 'zod';
import { priorities, slaStates, stageCategories } from '../../../domain/ticket/values';
import { answeredInstant, id, line, recordMembers, text } from '../../schemas';

export const subject = line(300);
export const ticketText = text(50_000);
export const priority = z.enum(priorities);

/** The path of everything under one ticket: its id, or the number of its reference (api.md). */
export const ticketParams = z.strictObject({
  ticketId: z
    .string()
    .regex(/^(tkt_[0-9a-hjkmnp-tv-z]{26}|\d{1,15})$/, 'must be the id of a ticket or its number, such as 42')
    .meta({ description: 'The id of a ticket, or the number of its reference: `42` for `#00042`.' }),
});

export const ticket = z
  .strictObject({
    id: id('ticket'),
    reference: z.string().meta({ description: 'For people, unique per company: `#00042`.' }),
    number: z.int().min(1),
    teamId: id('team'),
    stageId: id('stage'),
    stageCategory: z.enum(stageCategories),
    subject: z.string(),
    description: z.string(),
    priority,
    channel: z.string(),
    contactId: id('contact').nullable(),
    assigneeId: id('user').nullable(),
    saleOrderLineId: id('saleOrderLine').nullable(),
    slaState: z.enum(slaStates),
    nextDeadline: answeredInstant.nullable().meta({
      description: 'The earliest deadline of a running clock; null while none runs.',
    }),
    closedAt: answeredInstant.nullable(),
    archivedAt: answeredInstant.nullable(),
    ...recordMembers,
  })
  .meta({ id: 'Ticket', description: 'One request of a customer and where it stands.' });

import { DomainError, invalidField } from '../../domain/shared/errors';
import type { TicketAttributeChanges } from '../../domain/ticket/decisions';
import { priorityRank } from '../../domain/ticket/values';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { settleClocks } from '../sla/settle-clocks';
import type { UnitOfWork } from '../transaction';
import { defined, nextVersion } from '../update';
import { type DecisionGuard, decideOnTicket, type LockedTicket } from './decision';
import { enterStage } from './move-ticket';
import { requireUsableLine } from './order-line';
import type { TicketView } from './ticket';

/**
 * Changes what policies and billing depend on: priority, team, contact, order line. Policies are matched again
 * in the same transaction (spec.md §7). A ticket that changes team enters the stage of the same name there, else
 * the first of the same category, else the first; an order line of another customer is dropped with the contact.
 * @throws DomainError `validation_failed` for a team, contact or line that cannot be used.
 */
export function changeTicketAttributes(
  context: Context,
  ticketId: string,
  request: { readonly changes: TicketAttributeChanges; readonly reason?: string | undefined },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    const wanted = await resolveChanges(context, work, ticket, request.changes);
    if (Object.keys(wanted.data).length === 0 && wanted.team === undefined) {
      work.unchanged();
      return;
    }
    const reason = request.reason === undefined ? {} : { reason: request.reason };
    if (wanted.team !== undefined) await enterTeam(context, work, ticket, wanted.team, request.reason);
    await work.db.ticket.update({
      where: { companyId_id: { companyId: context.companyId, id: ticketId } },
      data: { ...wanted.data, ...nextVersion(context) },
    });
    const { priority, teamId, contactId, saleOrderLineId } = ticket;
    work.event({
      kind: 'ticket.attributes_changed',
      subjectId: ticketId,
      ticketId,
      before: { priority, teamId, contactId, saleOrderLineId },
      after: { priority, teamId: wanted.team ?? teamId, contactId, saleOrderLineId, ...wanted.data },
      ...reason,
    });
    await settleClocks(
      context,
      work,
      { ...ticket, teamId: wanted.team ?? teamId, priority: wanted.data.priority ?? priority },
      { cause: wanted.team === undefined ? 'priority_changed' : 'team_changed', ...reason },
    );
  });
}

interface WantedChanges {
  readonly team?: string;
  readonly data: { priority?: number; contactId?: string | null; saleOrderLineId?: string | null };
}

/** The changes that differ from what is stored, each checked against the company's records. */
async function resolveChanges(
  context: Context,
  work: UnitOfWork,
  ticket: LockedTicket,
  changes: TicketAttributeChanges,
): Promise<WantedChanges> {
  const priority = changes.priority === undefined ? undefined : priorityRank(changes.priority);
  const contactId = changes.contactId === ticket.contactId ? undefined : changes.contactId;
  if (contactId !== undefined && contactId !== null) {
    const contact = await work.db.contact.findUnique({
      where: { companyId_id: { companyId: context.companyId, id: contactId } },
    });
    if (contact === null) throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
  }
  const customer = { contactId: contactId === undefined ? ticket.contactId : contactId };
  let saleOrderLineId =
    changes.saleOrderLineId === ticket.saleOrderLineId ? undefined : changes.saleOrderLineId;
  if (saleOrderLineId !== undefined && saleOrderLineId !== null) {
    await requireUsableLine(within(work.db), context.companyId, saleOrderLineId, customer);
  } else if (saleOrderLineId === undefined && contactId !== undefined && ticket.saleOrderLineId !== null) {
    const kept = await requireUsableLine(
      within(work.db),
      context.companyId,
      ticket.saleOrderLineId,
      customer,
    ).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DomainError) return false;
        throw error;
      },
    );
    if (!kept) saleOrderLineId = null;
  }
  const team = changes.teamId === undefined || changes.teamId === ticket.teamId ? undefined : changes.teamId;
  return {
    ...(team === undefined ? {} : { team }),
    data: defined({
      priority: priority === ticket.priority ? undefined : priority,
      contactId,
      saleOrderLineId,
    }),
  };
}

async function enterTeam(
  context: Context,
  work: UnitOfWork,
  ticket: LockedTicket,
  teamId: string,
  reason: string | undefined,
): Promise<void> {
  const present = await work.db.stage.findUniqueOrThrow({
    where: { companyId_id: { companyId: context.companyId, id: ticket.stageId } },
  });
  const stages = await work.db.stage.findMany({
    where: { companyId: context.companyId, teamId },
    orderBy: { position: 'asc' },
  });
  const stage =
    stages.find((each) => each.name === present.name && each.category === present.category) ??
    stages.find((each) => each.category === present.category && each.cancels === present.cancels) ??
    stages[0];
  if (stage === undefined)
    throw invalidField('/teamId', 'unknown_reference', 'There is no such team with stages.');
  await work.db.ticket.update({
    where: { companyId_id: { companyId: context.companyId, id: ticket.id } },
    data: { teamId, stageId: stage.id },
  });
  await enterStage(context, work, ticket, stage, reason, 'team_changed');
}

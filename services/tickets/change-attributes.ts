import { DomainError, invalidField } from '../../domain/shared/errors';
import type { TicketAttributeChanges } from '../../domain/ticket/decisions';
import { priorityOfRank, priorityRank } from '../../domain/ticket/values';
import type { Context } from '../context';
import { settleClocks } from '../sla/settle-clocks';
import type { StatementWork } from '../transaction';
import { defined } from '../update';
import { type DecisionGuard, decideOnTicket, type LockedTicket } from './decision';
import { enterStage, keptAsItIs } from './move-ticket';
import { requireUsableLine } from './order-line';
import type { TicketView } from './ticket';

/**
 * Changes what policies and billing depend on: priority, team, contact, order line. Policies are matched again
 * in the same transaction (spec.md §7). A ticket that changes team enters the stage of the same name there, else
 * the first of the same category, else the first open one; an order line of another customer is dropped with the contact.
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
      work.unchanged(ticketId);
      return;
    }
    const reason = request.reason === undefined ? {} : { reason: request.reason };
    if (wanted.team !== undefined) await enterTeam(context, work, ticket, wanted.team, request.reason);
    const { data } = wanted;
    await work.sql.query(
      `UPDATE ticket SET priority = coalesce($3, priority),
        contact_id = CASE WHEN $4::boolean THEN contact_id ELSE $5 END,
        sale_order_line_id = CASE WHEN $6::boolean THEN sale_order_line_id ELSE $7 END,
        version = version + 1, updated_at = $8
      WHERE company_id = $1 AND id = $2`,
      [
        context.companyId,
        ticketId,
        data.priority ?? null,
        data.contactId === undefined,
        data.contactId ?? null,
        data.saleOrderLineId === undefined,
        data.saleOrderLineId ?? null,
        context.now().toISOString(),
      ],
    );
    const { priority, teamId, contactId, saleOrderLineId } = ticket;
    work.event({
      kind: 'ticket.attributes_changed',
      subjectId: ticketId,
      ticketId,
      before: { priority: priorityOfRank(priority), teamId, contactId, saleOrderLineId },
      after: {
        teamId: wanted.team ?? teamId,
        contactId,
        saleOrderLineId,
        ...data,
        priority: priorityOfRank(data.priority ?? priority),
      },
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
  work: StatementWork,
  ticket: LockedTicket,
  changes: TicketAttributeChanges,
): Promise<WantedChanges> {
  const priority = changes.priority === undefined ? undefined : priorityRank(changes.priority);
  const contactId = changes.contactId === ticket.contactId ? undefined : changes.contactId;
  if (contactId !== undefined && contactId !== null) {
    const { rows } = await work.sql.query('SELECT id FROM contact WHERE company_id = $1 AND id = $2', [
      context.companyId,
      contactId,
    ]);
    if (rows.length === 0) throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
  }
  const customer = { contactId: contactId === undefined ? ticket.contactId : contactId };
  let saleOrderLineId =
    changes.saleOrderLineId === ticket.saleOrderLineId ? undefined : changes.saleOrderLineId;
  if (saleOrderLineId !== undefined && saleOrderLineId !== null) {
    await requireUsableLine(work.sql, context.companyId, saleOrderLineId, customer);
  } else if (saleOrderLineId === undefined && contactId !== undefined && ticket.saleOrderLineId !== null) {
    const kept = await requireUsableLine(work.sql, context.companyId, ticket.saleOrderLineId, customer).then(
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

interface NamedStage {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly cancels: boolean;
}

async function enterTeam(
  context: Context,
  work: StatementWork,
  ticket: LockedTicket,
  teamId: string,
  reason: string | undefined,
): Promise<void> {
  const { rows } = await work.sql.query(
    `SELECT id, name, category, cancels FROM stage
    WHERE company_id = $1 AND (team_id = $2 OR id = $3) ORDER BY position ${keptAsItIs}`,
    [context.companyId, teamId, ticket.stageId],
  );
  const present = (rows as NamedStage[]).find((each) => each.id === ticket.stageId);
  const stages = (rows as NamedStage[]).filter((each) => each.id !== ticket.stageId);
  const stage =
    stages.find((each) => each.name === present?.name && each.category === present.category) ??
    stages.find((each) => each.category === present?.category && each.cancels === present.cancels) ??
    stages.find((each) => each.category === 'open');
  if (stage === undefined)
    throw invalidField('/teamId', 'unknown_reference', 'There is no such team with stages.');
  await work.sql.query('UPDATE ticket SET team_id = $3, stage_id = $4 WHERE company_id = $1 AND id = $2', [
    context.companyId,
    ticket.id,
    teamId,
    stage.id,
  ]);
  await enterStage(context, work, ticket, stage, reason, 'team_changed');
}

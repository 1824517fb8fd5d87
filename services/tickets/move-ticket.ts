import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { settleClocks } from '../sla/settle-clocks';
import { toJson, type UnitOfWork } from '../transaction';
import { nextVersion } from '../update';
import { type DecisionGuard, decideOnTicket, type LockedTicket } from './decision';
import type { TicketView } from './ticket';

interface TargetStage {
  readonly id: string;
  readonly category: string;
}

/**
 * Moves a ticket to a stage of its team; its clocks follow in the same transaction. Moving to the stage it is in
 * changes nothing. `fromStageId` is the stage the caller saw: of two moves at the same instant one loses.
 * @throws DomainError `stage_changed` with the present stage, `validation_failed` at `/stageId`.
 */
export function moveTicket(
  context: Context,
  ticketId: string,
  move: {
    readonly stageId: string;
    readonly fromStageId?: string | undefined;
    readonly reason?: string | undefined;
  },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    requireSeenStage(ticket, move.fromStageId);
    const stage = await work.db.stage.findUnique({
      where: {
        companyId_teamId_id: { companyId: context.companyId, teamId: ticket.teamId, id: move.stageId },
      },
    });
    if (stage === null) {
      throw invalidField('/stageId', 'unknown_reference', 'The ticket’s team has no such stage.');
    }
    await enterStage(context, work, ticket, stage, move.reason);
  });
}

/**
 * Closes a ticket into the named closed stage, else into its team's first closed stage that does not cancel.
 * @throws DomainError `ticket_already_closed`, `stage_changed`, `no_such_stage_category`, `validation_failed`.
 */
export function closeTicket(
  context: Context,
  ticketId: string,
  close: {
    readonly stageId?: string | undefined;
    readonly fromStageId?: string | undefined;
    readonly reason?: string | undefined;
  },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    if (ticket.closedAt !== null) {
      throw new DomainError('ticket_already_closed', 'The ticket is closed already.', {
        state: { stageId: ticket.stageId, version: ticket.version },
      });
    }
    requireSeenStage(ticket, close.fromStageId);
    const stage = await stageOf(context, work, ticket, close.stageId, true);
    await enterStage(context, work, ticket, stage, close.reason);
  });
}

/**
 * Takes a closed ticket up again in the named stage, else in its team's first open one; its clocks go on or
 * start over as each policy's rule on reopening says (spec.md §7).
 * @throws DomainError `ticket_not_closed`, `stage_changed`, `no_such_stage_category`, `validation_failed`.
 */
export function reopenTicket(
  context: Context,
  ticketId: string,
  reopen: {
    readonly stageId?: string | undefined;
    readonly fromStageId?: string | undefined;
    readonly reason?: string | undefined;
  },
  guard: DecisionGuard,
): Promise<TicketView> {
  return decideOnTicket(context, ticketId, guard, async (work, ticket) => {
    requireSeenStage(ticket, reopen.fromStageId);
    if (ticket.closedAt === null) {
      throw new DomainError('ticket_not_closed', 'Only a closed ticket can be reopened.', {
        state: { stageId: ticket.stageId, version: ticket.version },
      });
    }
    const stage = await stageOf(context, work, ticket, reopen.stageId, false);
    await enterStage(context, work, ticket, stage, reopen.reason);
  });
}

function requireSeenStage(ticket: LockedTicket, seenStageId: string | undefined): void {
  if (seenStageId === undefined || seenStageId === ticket.stageId) return;
  throw new DomainError('stage_changed', 'Somebody moved the ticket at the same time; look at it again.', {
    state: { stageId: ticket.stageId, version: ticket.version },
  });
}

async function stageOf(
  context: Context,
  work: UnitOfWork,
  ticket: LockedTicket,
  stageId: string | undefined,
  closed: boolean,
): Promise<TargetStage> {
  const category = closed ? 'closed' : { not: 'closed' };
  const stage = await work.db.stage.findFirst({
    where:
      stageId === undefined
        ? {
            companyId: context.companyId,
            teamId: ticket.teamId,
            category: closed ? 'closed' : 'open',
            cancels: false,
          }
        : { companyId: context.companyId, teamId: ticket.teamId, id: stageId, category },
    orderBy: { position: 'asc' },
  });
  if (stage !== null) return stage;
  const word = closed ? 'closed' : 'open';
  if (stageId !== undefined) {
    throw invalidField('/stageId', 'unknown_reference', `The ticket’s team has no such ${word} stage.`);
  }
  throw new DomainError('no_such_stage_category', `The ticket’s team has no ${word} stage.`);
}

/** Ends the open stage period, begins the next and settles the clocks; entering the present stage changes nothing. */
export async function enterStage(
  context: Context,
  work: UnitOfWork,
  ticket: LockedTicket,
  stage: TargetStage,
  reason: string | undefined,
  cause: 'stage_changed' | 'team_changed' = 'stage_changed',
): Promise<void> {
  if (stage.id === ticket.stageId) {
    work.unchanged();
    return;
  }
  const open = await work.db.ticketStagePeriod.findFirstOrThrow({
    where: { companyId: context.companyId, ticketId: ticket.id, leftAt: null },
  });
  // Two hosts' clocks may differ a little; a ticket never leaves a stage before it entered it.
  const at = new Date(Math.max(context.now().getTime(), open.enteredAt.getTime()));
  await work.db.ticketStagePeriod.update({
    where: {
      companyId_ticketId_sequence: {
        companyId: context.companyId,
        ticketId: ticket.id,
        sequence: open.sequence,
      },
    },
    data: { leftAt: at },
  });
  await work.db.ticketStagePeriod.create({
    data: {
      companyId: context.companyId,
      ticketId: ticket.id,
      sequence: open.sequence + 1,
      stageId: stage.id,
      enteredAt: at,
      enteredBy: toJson(context.actor),
    },
  });
  await work.db.ticket.update({
    where: { companyId_id: { companyId: context.companyId, id: ticket.id } },
    data: {
      stageId: stage.id,
      closedAt: stage.category === 'closed' ? (ticket.closedAt ?? at) : null,
      ...nextVersion(context),
    },
  });
  work.event({
    kind: 'ticket.stage_changed',
    subjectId: ticket.id,
    ticketId: ticket.id,
    before: { stageId: ticket.stageId },
    after: { stageId: stage.id, at: at.toISOString() },
    ...(reason === undefined ? {} : { reason }),
  });
  if (cause === 'stage_changed') await settleClocks(context, work, ticket, { cause, reason });
}

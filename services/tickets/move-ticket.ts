import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { jsonText } from '../json';
import { settleClocks } from '../sla/settle-clocks';
import type { StatementWork } from '../transaction';
import { type DecisionGuard, decideOnTicket, type LockedTicket } from './decision';
import type { TicketView } from './ticket';

interface TargetStage {
  readonly id: string;
  readonly category: string;
}

/**
 * Waits for whoever is changing what the stage means, then looks at it again; from then on it stays what it is until
 * the ticket stands in it. Holds up no other ticket.
 */
export const keptAsItIs = 'FOR KEY SHARE';

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
    const { rows } = await work.sql.query(
      `SELECT id, category FROM stage WHERE company_id = $1 AND team_id = $2 AND id = $3 ${keptAsItIs}`,
      [context.companyId, ticket.teamId, move.stageId],
    );
    const [stage] = rows as TargetStage[];
    if (stage === undefined) {
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
  work: StatementWork,
  ticket: LockedTicket,
  stageId: string | undefined,
  closed: boolean,
): Promise<TargetStage> {
  const { rows } = await work.sql.query(
    `SELECT id, category FROM stage WHERE company_id = $1 AND team_id = $2
      AND CASE WHEN $3::text IS NULL THEN category = CASE WHEN $4::boolean THEN 'closed' ELSE 'open' END AND NOT cancels
        ELSE id = $3 AND (category = 'closed') = $4 END
    ORDER BY position LIMIT 1 ${keptAsItIs}`,
    [context.companyId, ticket.teamId, stageId ?? null, closed],
  );
  const [stage] = rows as TargetStage[];
  if (stage !== undefined) return stage;
  const word = closed ? 'closed' : 'open';
  if (stageId !== undefined) {
    throw invalidField('/stageId', 'unknown_reference', `The ticket’s team has no such ${word} stage.`);
  }
  throw new DomainError('no_such_stage_category', `The ticket’s team has no ${word} stage.`);
}

/**
 * Ends the open stage period, begins the next and puts the ticket there. Two hosts' clocks may differ a little; a
 * ticket never leaves a stage before it entered it. The next period is made from the one that was ended, so that
 * there is never more than one open.
 */
const enterStageText = `WITH ended AS (
    UPDATE ticket_stage_period SET left_at = greatest($4::timestamptz, entered_at)
    WHERE company_id = $1 AND ticket_id = $2 AND left_at IS NULL RETURNING sequence, left_at
  ), entered AS (
    INSERT INTO ticket_stage_period (company_id, ticket_id, sequence, stage_id, entered_at, entered_by)
    SELECT $1, $2, sequence + 1, $3, left_at, $5::jsonb FROM ended RETURNING entered_at
  )
  UPDATE ticket SET stage_id = $3, closed_at = CASE WHEN $6::boolean THEN coalesce(closed_at, entered_at) END,
    version = version + 1, updated_at = $4::timestamptz
  FROM entered WHERE company_id = $1 AND id = $2 RETURNING entered_at AS "enteredAt"`;

/** The ticket enters a stage and its clocks are settled; entering the present stage changes nothing. */
export async function enterStage(
  context: Context,
  work: StatementWork,
  ticket: LockedTicket,
  stage: TargetStage,
  reason: string | undefined,
  cause: 'stage_changed' | 'team_changed' = 'stage_changed',
): Promise<void> {
  if (stage.id === ticket.stageId) {
    work.unchanged(ticket.id);
    return;
  }
  const { rows } = await work.sql.query(enterStageText, [
    context.companyId,
    ticket.id,
    stage.id,
    context.now().toISOString(),
    jsonText(context.actor),
    stage.category === 'closed',
  ]);
  const [entered] = rows as { readonly enteredAt: string }[];
  if (entered === undefined) throw new Error('a ticket stands in no stage');
  work.event({
    kind: 'ticket.stage_changed',
    subjectId: ticket.id,
    ticketId: ticket.id,
    before: { stageId: ticket.stageId },
    after: { stageId: stage.id, at: entered.enteredAt },
    ...(reason === undefined ? {} : { reason }),
  });
  if (cause === 'stage_changed') await settleClocks(context, work, ticket, { cause, reason });
}

import { DomainError, invalidField } from '../../domain/shared/errors';
import type { StageCategory } from '../../domain/ticket/values';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';

/**
 * Only a closed stage can be one that cancels (spec.md §4).
 * @throws DomainError `validation_failed` at `/cancels`.
 */
export function requireCancelsOnlyClosed(category: StageCategory, cancels: boolean): void {
  if (cancels && category !== 'closed') {
    throw invalidField('/cancels', 'not_allowed', 'Only a closed stage can stand for cancelled tickets.');
  }
}

/**
 * A team keeps one open stage, where new tickets start.
 * @throws DomainError `no_such_stage_category`
 */
export async function requireAnotherOpenStage(
  context: Context,
  db: Transaction,
  teamId: string,
  stageId: string,
): Promise<void> {
  const others = await db.stage.count({
    where: { companyId: context.companyId, teamId, category: 'open', id: { not: stageId } },
  });
  if (others === 0) {
    throw new DomainError(
      'no_such_stage_category',
      'This is the only open stage of the team, where new tickets start; add another open stage first.',
    );
  }
}

interface StageUses {
  readonly tickets: boolean;
  readonly periods: boolean;
  readonly policies: boolean;
  readonly target: boolean;
}

/**
 * What stands on a stage: tickets in it, tickets that were in it, policies that name it, policies aiming at it
 * today. The lock waits for tickets that are just entering the stage and holds up those that come after.
 */
async function usesOf(context: Context, db: Transaction, stageId: string): Promise<StageUses> {
  await db.$queryRaw`
    SELECT id FROM stage WHERE company_id = ${context.companyId} AND id = ${stageId} FOR UPDATE`;
  const rows = await db.$queryRaw<StageUses[]>`
    SELECT
      EXISTS (SELECT 1 FROM ticket WHERE company_id = ${context.companyId} AND stage_id = ${stageId}) AS tickets,
      EXISTS (SELECT 1 FROM ticket_stage_period
        WHERE company_id = ${context.companyId} AND stage_id = ${stageId}) AS periods,
      EXISTS (SELECT 1 FROM sla_policy_version WHERE company_id = ${context.companyId}
        AND (target_stage_id = ${stageId} OR ${stageId} = ANY(paused_stage_ids))) AS policies,
      EXISTS (SELECT 1 FROM sla_policy p
        JOIN sla_policy_version v ON v.company_id = p.company_id AND v.policy_id = p.id AND v.number = p.current_version
        WHERE p.company_id = ${context.companyId} AND v.target_stage_id = ${stageId}) AS target`;
  return rows[0] ?? { tickets: false, periods: false, policies: false, target: false };
}

/**
 * A stage can go only while nothing has ever stood in it and no policy, past or present, names it: the clocks of
 * finished tickets are explained from these facts for ever (spec.md §7).
 * @throws DomainError `still_referenced`
 */
export async function requireUnused(context: Context, db: Transaction, stageId: string): Promise<void> {
  const uses = await usesOf(context, db, stageId);
  if (!uses.tickets && !uses.periods && !uses.policies) return;
  const reasons = [
    ...(uses.tickets ? ['tickets stand in it'] : []),
    ...(uses.periods && !uses.tickets ? ['tickets have stood in it'] : []),
    ...(uses.policies ? ['an SLA policy names it'] : []),
  ];
  throw new DomainError(
    'still_referenced',
    `The stage cannot be deleted: ${reasons.join(' and ')}. It can be renamed or moved to the end.`,
  );
}

/**
 * What a stage means for clocks stays as it was while tickets stood in it, so that no past deadline moves; and a
 * stage that a policy aims at does not become one that cancels.
 * @throws DomainError `still_referenced`
 */
export async function requireMeaningFree(
  context: Context,
  db: Transaction,
  stageId: string,
  cancels: boolean,
): Promise<void> {
  const uses = await usesOf(context, db, stageId);
  if (uses.tickets || uses.periods) {
    throw new DomainError(
      'still_referenced',
      'Tickets have stood in this stage, so its category and meaning stay; add a new stage and move the tickets there.',
    );
  }
  if (cancels && uses.target) {
    throw new DomainError(
      'still_referenced',
      'An SLA policy aims at this stage; choose another target first.',
    );
  }
}

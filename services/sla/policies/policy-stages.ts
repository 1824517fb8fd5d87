import { DomainError, invalidField } from '../../../domain/shared/errors';
import type { Transaction } from '../../../prisma/client';
import type { Context } from '../../context';
import type { PolicyContent } from './policy';

/**
 * Checks that the stages a policy names are its team's, and that its target is no stage for cancelled tickets.
 * The caller has locked the team, so that they stay there until the policy is written.
 * @throws DomainError `stage_of_another_team`, or `validation_failed` for a stage that does not exist or cancels.
 */
export async function requireStagesOfTeam(
  context: Context,
  db: Transaction,
  teamId: string,
  content: Pick<PolicyContent, 'target' | 'pausedStageIds'>,
): Promise<void> {
  const named = [
    { pointer: '/target/stageId', id: content.target.stageId },
    ...content.pausedStageIds.map((id, index) => ({ pointer: `/pausedStageIds/${index}`, id })),
  ];
  const stages = await db.stage.findMany({
    where: { companyId: context.companyId, id: { in: named.map(({ id }) => id) } },
    select: { id: true, teamId: true, cancels: true },
  });
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  for (const { pointer, id } of named) {
    const stage = byId.get(id);
    if (stage === undefined) throw invalidField(pointer, 'unknown_reference', 'There is no such stage.');
    if (stage.teamId !== teamId) throw ofAnotherTeam(pointer);
  }
  if (byId.get(content.target.stageId)?.cancels === true) {
    throw invalidField(
      '/target/stageId',
      'not_allowed',
      'A stage for cancelled tickets cannot be the target of a promise.',
    );
  }
}

function ofAnotherTeam(pointer: string): DomainError {
  const detail = 'The stage belongs to another team than the policy.';
  return new DomainError('stage_of_another_team', `${detail} Nothing was changed.`, {
    fields: [{ pointer, code: 'stage_of_another_team', detail }],
  });
}

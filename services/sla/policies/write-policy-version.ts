import { priorityRank } from '../../../domain/ticket/values';
import type { Transaction } from '../../../prisma/client';
import type { Context } from '../../context';
import type { PolicyContent } from './policy';

/** Writes one version of a policy; the database refuses to change it ever after. */
export async function writePolicyVersion(
  context: Context,
  db: Transaction,
  policyId: string,
  number: number,
  content: PolicyContent,
): Promise<void> {
  await db.slaPolicyVersion.create({
    data: {
      companyId: context.companyId,
      policyId,
      number,
      priorities: content.criteria.priorities.map(priorityRank),
      targetKind: content.target.kind,
      targetStageId: content.target.stageId,
      targetMinutes: content.target.minutes,
      warnAtPercent: content.warnAtPercent,
      pausedStageIds: [...content.pausedStageIds],
      pauseInPausedStages: content.pauseInPausedStages,
      onReopen: content.onReopen,
      createdBy: context.actor.type === 'user' ? context.actor.userId : context.actor.type,
      createdAt: context.now(),
    },
  });
}

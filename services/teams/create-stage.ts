import type { StageCategory } from '../../domain/ticket/values';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { change } from '../transaction';
import { lockTeam } from './lock-team';
import { readStage, type StageView } from './stage';
import { requireCancelsOnlyClosed } from './stage-rules';

export interface StageDraft {
  readonly name: string;
  readonly category: StageCategory;
  readonly cancels?: boolean | undefined;
  /** 1 to put it first; last when left out or beyond the end. */
  readonly position?: number | undefined;
}

/**
 * Adds a stage at a position; those from there on move back by one, in one transaction.
 * @throws DomainError `not_found` for the team, `validation_failed`.
 */
export function createStage(context: Context, teamId: string, draft: StageDraft): Promise<StageView> {
  return change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    const cancels = draft.cancels ?? false;
    requireCancelsOnlyClosed(draft.category, cancels);
    const count = await db.stage.count({ where: { companyId: context.companyId, teamId } });
    const position = Math.min(draft.position ?? count + 1, count + 1);
    await makeRoom(context, db, teamId, position);
    const id = newId('stage');
    await db.stage.create({
      data: {
        companyId: context.companyId,
        id,
        teamId,
        name: draft.name,
        category: draft.category,
        cancels,
        position,
      },
    });
    const stage = await readStage(context, db, teamId, id);
    event({ kind: 'stage.created', subjectId: id, after: stage });
    return stage;
  });
}

async function makeRoom(context: Context, db: Transaction, teamId: string, position: number): Promise<void> {
  await db.$executeRaw`
    UPDATE stage SET position = position + 1, version = version + 1, updated_at = ${context.now()}
    WHERE company_id = ${context.companyId} AND team_id = ${teamId} AND position >= ${position}`;
}

import type { StageCategory } from '../../domain/ticket/values';
import type { Context } from '../context';
import { requireVersion } from '../listing';
import { change } from '../transaction';
import { defined, nextVersion } from '../update';
import { announceStageName } from './announce-stage-name';
import { lockTeam } from './lock-team';
import { readStage, type StageView } from './stage';
import { requireAnotherOpenStage, requireCancelsOnlyClosed, requireMeaningFree } from './stage-rules';

export interface StageChanges {
  readonly name?: string | undefined;
  readonly category?: StageCategory | undefined;
  readonly cancels?: boolean | undefined;
}

/**
 * Renames a stage, which the workflows of its open tickets are told, or changes its category while no ticket has ever
 * stood in it.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`, `still_referenced`,
 * `no_such_stage_category` for the team's last open stage.
 */
export function updateStage(
  context: Context,
  teamId: string,
  stageId: string,
  changes: StageChanges,
  expectedVersion: number | undefined,
): Promise<StageView> {
  return change(context, async (work) => {
    const { db, event } = work;
    await lockTeam(context, db, teamId);
    const before = await readStage(context, db, teamId, stageId);
    requireVersion(before.version, expectedVersion);
    const { category, cancels } = { ...before, ...defined(changes) };
    requireCancelsOnlyClosed(category, cancels);
    if (category !== before.category || cancels !== before.cancels) {
      await requireMeaningFree(context, db, stageId, cancels);
    }
    if (before.category === 'open' && category !== 'open') {
      await requireAnotherOpenStage(context, db, teamId, stageId);
    }
    await db.stage.update({
      where: { companyId_id: { companyId: context.companyId, id: stageId } },
      data: { ...defined(changes), ...nextVersion(context) },
    });
    const after = await readStage(context, db, teamId, stageId);
    event({ kind: 'stage.updated', subjectId: stageId, before, after });
    if (after.name !== before.name) await announceStageName(context, work, stageId);
    return after;
  });
}

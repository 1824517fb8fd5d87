import type { Context } from '../context';
import { requireVersion } from '../listing';
import { change } from '../transaction';
import { lockTeam } from './lock-team';
import { readStage } from './stage';
import { requireAnotherOpenStage, requireUnused } from './stage-rules';

/**
 * Deletes a stage that nothing has ever used; the stages after it move up.
 * @throws DomainError `not_found`, `precondition_failed`, `still_referenced`, `no_such_stage_category` for the team's last open stage.
 */
export async function deleteStage(
  context: Context,
  teamId: string,
  stageId: string,
  expectedVersion: number | undefined,
): Promise<void> {
  await change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    const before = await readStage(context, db, teamId, stageId);
    requireVersion(before.version, expectedVersion);
    await requireUnused(context, db, stageId);
    if (before.category === 'open') await requireAnotherOpenStage(context, db, teamId, stageId);
    await db.stage.delete({ where: { companyId_id: { companyId: context.companyId, id: stageId } } });
    await db.$executeRaw`
      UPDATE stage SET position = position - 1, version = version + 1, updated_at = ${context.now()}
      WHERE company_id = ${context.companyId} AND team_id = ${teamId} AND position > ${before.position}`;
    event({ kind: 'stage.deleted', subjectId: stageId, before });
  });
}

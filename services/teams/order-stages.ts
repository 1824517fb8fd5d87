import { invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { announceClockChange } from '../sla/announce-clock-change';
import { change } from '../transaction';
import { lockTeam } from './lock-team';
import { readStages, type StageView } from './stage';

/**
 * Puts all stages of a team into the given order, in one transaction; two orders at once happen one after the
 * other, each as a whole. Answers the stages in their new order.
 * @throws DomainError `not_found` for the team, `validation_failed` unless each stage is named exactly once.
 */
export function orderStages(
  context: Context,
  teamId: string,
  stageIds: readonly string[],
): Promise<StageView[]> {
  return change(context, async (work) => {
    const { db, event, unchanged } = work;
    await lockTeam(context, db, teamId);
    const before = await readStages(context, teamId, within(db));
    requireAll(before, stageIds);
    const moved = await db.$executeRaw`
      UPDATE stage s SET position = wanted.position, version = s.version + 1, updated_at = ${context.now()}
      FROM unnest(${[...stageIds]}::text[]) WITH ORDINALITY AS wanted(id, position)
      WHERE s.company_id = ${context.companyId} AND s.id = wanted.id AND s.position <> wanted.position`;
    if (moved === 0) {
      unchanged();
      return before;
    }
    const after = await readStages(context, teamId, within(db));
    event({
      kind: 'team.stages_ordered',
      subjectId: teamId,
      before: { stageIds: before.map((stage) => stage.id) },
      after: { stageIds },
    });
    await announceClockChange(context, work, teamId, 'team_settings_changed');
    return after;
  });
}

function requireAll(stages: readonly StageView[], stageIds: readonly string[]): void {
  const known = new Set(stages.map((stage) => stage.id));
  const seen = new Set<string>();
  stageIds.forEach((id, index) => {
    if (!known.has(id)) {
      throw invalidField(`/stageIds/${index}`, 'unknown_reference', 'The team has no such stage.');
    }
    if (seen.has(id)) throw invalidField(`/stageIds/${index}`, 'duplicate', 'The stage is named twice.');
    seen.add(id);
  });
  if (seen.size < known.size) {
    throw invalidField('/stageIds', 'incomplete', 'Name every stage of the team, each exactly once.');
  }
}

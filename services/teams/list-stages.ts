import type { Context } from '../context';
import { readOne } from '../listing';
import { readStages, type StageView } from './stage';
import { teamResource } from './team';

/**
 * Every stage of a team in the team's order.
 * @throws DomainError `not_found` when the team is not there for this caller.
 */
export async function listStages(context: Context, teamId: string): Promise<StageView[]> {
  await readOne(context, teamResource, teamId);
  return readStages(context, teamId);
}

import type { Context } from '../context';
import { type Page, type PageQuery, readOne } from '../listing';
import { listUnder } from '../listing-under';
import { type MemberView, memberResource } from './member';
import { teamResource } from './team';

/**
 * One page of a team's members.
 * @throws DomainError `not_found` when the team is not there for this caller.
 */
export async function listMembers(
  context: Context,
  teamId: string,
  page: PageQuery,
): Promise<Page<MemberView>> {
  await readOne(context, teamResource, teamId);
  return listUnder<MemberView>(context, memberResource, { column: 'w.team_id', id: teamId }, page);
}

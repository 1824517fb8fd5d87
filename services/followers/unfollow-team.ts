import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { lockTeam } from '../teams/lock-team';
import { change } from '../transaction';

/**
 * Ends a following of a team.
 * @throws DomainError `not_found` for the team or the follower.
 */
export async function unfollowTeam(context: Context, teamId: string, followerId: string): Promise<void> {
  await change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    const follower = await db.teamFollower.findUnique({
      where: { companyId_id: { companyId: context.companyId, id: followerId } },
    });
    if (follower?.teamId !== teamId) throw notFound('follower of the team');
    await db.teamFollower.delete({
      where: { companyId_id: { companyId: context.companyId, id: followerId } },
    });
    const { id, userId, contactId } = follower;
    event({ kind: 'team.follower_removed', subjectId: teamId, before: { id, userId, contactId } });
  });
}

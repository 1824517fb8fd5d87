import type { Context } from '../context';
import { newId } from '../ids';
import type { UnitOfWork } from '../transaction';

/**
 * Makes the acting user a follower of a team that is or becomes private, unless something else already lets them
 * see it: nobody locks themselves out of a team by the change they are making (spec.md §4).
 */
export async function keepOwnAccess(context: Context, work: UnitOfWork, teamId: string): Promise<void> {
  if (context.actor.type !== 'user' || context.role === 'admin' || context.role === null) return;
  const { companyId } = context;
  const { userId } = context.actor;
  const member = await work.db.teamMember.findUnique({
    where: { companyId_teamId_userId: { companyId, teamId, userId } },
  });
  if (member !== null) return;
  const added = await work.db.teamFollower.createMany({
    data: [{ companyId, id: newId('follower'), teamId, userId }],
    skipDuplicates: true,
  });
  if (added.count === 1) {
    work.event({ kind: 'team.follower_added', subjectId: teamId, after: { userId } });
  }
}

import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { change } from '../transaction';
import { lockTeam } from './lock-team';

/**
 * Takes a user out of a team; tickets assigned to them stay so.
 * @throws DomainError `not_found` for the team or the member.
 */
export async function removeMember(context: Context, teamId: string, userId: string): Promise<void> {
  await change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    const { count } = await db.teamMember.deleteMany({
      where: { companyId: context.companyId, teamId, userId },
    });
    if (count === 0) throw notFound('member of the team');
    event({ kind: 'team.member_removed', subjectId: teamId, before: { userId } });
  });
}

import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { change } from '../transaction';
import { lockTeam } from './lock-team';
import type { MemberView } from './member';
import { requireUser } from './require-user';

/**
 * Makes a user a member of a team.
 * @throws DomainError `not_found` for the team, `validation_failed` for the user, `already_exists`.
 */
export function addMember(context: Context, teamId: string, userId: string): Promise<MemberView> {
  return change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    await requireUser(context, db, userId, '/userId');
    const { companyId } = context;
    const key = { companyId_teamId_userId: { companyId, teamId, userId } };
    if ((await db.teamMember.findUnique({ where: key })) !== null) {
      throw new DomainError('already_exists', 'The user is a member of the team already.');
    }
    const { createdAt } = await db.teamMember.create({
      data: { companyId, teamId, userId, createdAt: context.now() },
    });
    event({ kind: 'team.member_added', subjectId: teamId, after: { userId } });
    return { userId, createdAt: createdAt.toISOString() };
  });
}

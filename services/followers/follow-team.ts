import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { newId } from '../ids';
import { lockTeam } from '../teams/lock-team';
import { change } from '../transaction';
import { type FollowerDraft, type FollowerView, requireFollower } from './follower';

/**
 * Makes a user or a contact follow a team and so all its tickets. A contact may follow a private team: it is
 * notified but opens nothing (spec.md §4).
 * @throws DomainError `not_found` for the team, `validation_failed`, `already_exists`.
 */
export function followTeam(context: Context, teamId: string, draft: FollowerDraft): Promise<FollowerView> {
  return change(context, async ({ db, event }) => {
    await lockTeam(context, db, teamId);
    await requireFollower(context, db, draft);
    const who = { userId: draft.userId ?? null, contactId: draft.contactId ?? null };
    const following = await db.teamFollower.count({
      where: { companyId: context.companyId, teamId, ...who },
    });
    if (following > 0) throw new DomainError('already_exists', 'They follow the team already.');
    const follower = { id: newId('follower'), ...who, createdAt: context.now() };
    await db.teamFollower.create({ data: { companyId: context.companyId, teamId, ...follower } });
    event({ kind: 'team.follower_added', subjectId: teamId, after: { id: follower.id, ...who } });
    return { ...follower, createdAt: follower.createdAt.toISOString() };
  });
}

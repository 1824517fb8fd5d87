import type { Resource } from '../listing';

/** A user who works in a team. */
export interface MemberView {
  readonly userId: string;
  readonly createdAt: string;
}

/** The members of a team; the team decides who may see them, so callers find the team first. */
export const memberResource: Resource = {
  name: 'member',
  select: 'w.user_id AS "userId", w.created_at AS "createdAt"',
  from: 'team_member w',
  company: 'w.company_id',
  id: 'w.user_id',
  filters: {},
  sorts: { userId: { expression: 'w.user_id', type: 'text' } },
  defaultSort: 'userId',
};

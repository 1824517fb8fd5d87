import type { Context } from '../context';
import type { UnitOfWork } from '../transaction';

interface RemovedFollower {
  readonly id: string;
  readonly contactId: string;
}

/**
 * Ends every following of portal users on a team and on all its tickets, with one event for each, in the caller's
 * transaction (spec.md §4). Answers how many followings there were.
 */
export async function removePortalFollowers(
  context: Context,
  work: UnitOfWork,
  teamId: string,
): Promise<number> {
  const ofTeam = await work.db.$queryRaw<RemovedFollower[]>`
    DELETE FROM team_follower
    WHERE company_id = ${context.companyId} AND team_id = ${teamId} AND contact_id IS NOT NULL
    RETURNING id, contact_id AS "contactId"`;
  const ofTickets = await work.db.$queryRaw<(RemovedFollower & { readonly ticketId: string })[]>`
    DELETE FROM ticket_follower f USING ticket t
    WHERE f.company_id = ${context.companyId} AND f.contact_id IS NOT NULL
      AND t.company_id = f.company_id AND t.id = f.ticket_id AND t.team_id = ${teamId}
    RETURNING f.id, f.contact_id AS "contactId", f.ticket_id AS "ticketId"`;
  const reason = 'visibility_narrowed';
  for (const { id, contactId } of ofTeam) {
    work.event({ kind: 'team.follower_removed', subjectId: teamId, before: { id, contactId }, reason });
  }
  for (const { id, contactId, ticketId } of ofTickets) {
    work.event({
      kind: 'ticket.follower_removed',
      subjectId: ticketId,
      ticketId,
      before: { id, contactId },
      reason,
    });
  }
  return ofTeam.length + ofTickets.length;
}

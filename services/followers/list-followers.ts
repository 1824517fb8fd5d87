import type { Context } from '../context';
import { type Page, type PageQuery, readOne } from '../listing';
import { listUnder } from '../listing-under';
import { teamResource } from '../teams/team';
import { resolveTicketId } from '../tickets/resolve-ticket';
import { type FollowerView, teamFollowerResource, ticketFollowerResource } from './follower';

/** One page of a team's followers. @throws DomainError `not_found` when the team is not there for this caller. */
export async function listTeamFollowers(
  context: Context,
  teamId: string,
  page: PageQuery,
): Promise<Page<FollowerView>> {
  await readOne(context, teamResource, teamId);
  return listUnder<FollowerView>(context, teamFollowerResource, { column: 'f.team_id', id: teamId }, page);
}

/** One page of a ticket's followers. @throws DomainError `not_found` when the ticket is not there for this caller. */
export async function listTicketFollowers(
  context: Context,
  ticket: string,
  page: PageQuery,
): Promise<Page<FollowerView>> {
  const id = await resolveTicketId(context, ticket);
  return listUnder<FollowerView>(context, ticketFollowerResource, { column: 'f.ticket_id', id }, page);
}

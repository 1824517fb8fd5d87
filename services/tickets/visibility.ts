import type { Context } from '../context';

/**
 * SQL that holds for the tickets this caller may see (spec.md §4): those of teams that are not private, and of
 * private ones when the caller is a member or follower of the team or follows the ticket. Administrators and the
 * system see all. The sets do not depend on the row, so PostgreSQL finds them once per query.
 */
export function visibleTickets(context: Context, bind: (value: unknown) => string, alias = 't'): string {
  if (seesEverything(context)) return 'true';
  if (context.actor.type !== 'user') return 'false';
  const company = bind(context.companyId);
  const user = bind(context.actor.userId);
  return `(${alias}.team_id IN (SELECT seen.id FROM team seen WHERE seen.company_id = ${company}
      AND ${openToUser('seen', company, user)})
    OR ${alias}.id IN (SELECT followed.ticket_id FROM ticket_follower followed
      WHERE followed.company_id = ${company} AND followed.user_id = ${user}))`;
}

/** SQL that holds for the teams this caller may see: as for tickets, but following one ticket does not show its team. */
export function visibleTeams(context: Context, bind: (value: unknown) => string, alias = 'm'): string {
  if (seesEverything(context)) return 'true';
  if (context.actor.type !== 'user') return 'false';
  return openToUser(alias, bind(context.companyId), bind(context.actor.userId));
}

/** Administrators and the system see every team and ticket of their company. */
export function seesEverything(context: Context): boolean {
  return context.role === null || context.role === 'admin';
}

function openToUser(team: string, company: string, user: string): string {
  return `(${team}.visibility <> 'private'
    OR ${team}.id IN (SELECT mine.team_id FROM team_member mine
      WHERE mine.company_id = ${company} AND mine.user_id = ${user})
    OR ${team}.id IN (SELECT own.team_id FROM team_follower own
      WHERE own.company_id = ${company} AND own.user_id = ${user}))`;
}

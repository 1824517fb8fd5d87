import { priorityRank } from '../../domain/ticket/values';
import type { Context } from '../context';
import { readOne } from '../listing';
import { teamResource } from './team';

/** Where a team stands now, in tickets that are not archived. */
export interface TeamOverview {
  readonly open: number;
  readonly unassigned: number;
  readonly urgent: number;
  readonly breached: number;
  readonly closedInSevenDays: number;
  /** Whole percent; `null` when no clock was decided on the tickets closed in these days. */
  readonly slaSuccessRatePercent: number | null;
}

const overviewText = `SELECT now.open, now.unassigned, now.urgent, now.breached,
    done.closed AS "closedInSevenDays", done.rate AS "slaSuccessRatePercent"
  FROM (
    SELECT count(*)::int AS open, count(*) FILTER (WHERE t.assignee_id IS NULL)::int AS unassigned,
      count(*) FILTER (WHERE t.priority = $4)::int AS urgent,
      count(*) FILTER (WHERE t.sla_state = 'breached')::int AS breached
    FROM stage s JOIN ticket t ON t.company_id = s.company_id AND t.team_id = s.team_id AND t.stage_id = s.id
    WHERE s.company_id = $1 AND s.team_id = $2 AND s.category <> 'closed' AND t.archived_at IS NULL
  ) now,
  (
    SELECT count(DISTINCT t.id)::int AS closed,
      round(100.0 * count(k.id) FILTER (WHERE k.status = 'reached') / nullif(count(k.id), 0))::int AS rate
    FROM ticket t
    LEFT JOIN sla_clock k ON k.company_id = t.company_id AND k.ticket_id = t.id AND k.status IN ('reached', 'breached')
    WHERE t.company_id = $1 AND t.team_id = $2 AND t.closed_at > $3 AND t.archived_at IS NULL
  ) done`;

const sevenDaysMs = 7 * 24 * 60 * 60 * 1000;

/**
 * A team's numbers of the moment (api.md): open tickets, those nobody has, urgent and breached ones, and how the
 * last seven days' closed tickets kept their promises.
 * @throws DomainError `not_found` when the team is not there for this caller.
 */
export async function readOverview(context: Context, teamId: string): Promise<TeamOverview> {
  await readOne(context, teamResource, teamId);
  const since = new Date(context.now().getTime() - sevenDaysMs);
  const { rows } = await context.database.pool.query<TeamOverview>(overviewText, [
    context.companyId,
    teamId,
    since,
    priorityRank('urgent'),
  ]);
  if (rows[0] === undefined) throw new Error('an aggregate answered no row');
  return rows[0];
}

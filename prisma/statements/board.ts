import { instantJson } from './instant-json';
import { prioritySql, referenceSql } from './ticket-columns';

/** A position before every card of a stage: higher than any priority and any id. */
export const boardStart = { rank: 32_767, id: '~' } as const;

const card = `json_build_object('id', t.id, 'reference', ${referenceSql('t')}, 'number', t.number,
  'subject', t.subject, 'priority', ${prioritySql('t.priority')}, 'contactId', t.contact_id,
  'assigneeId', t.assignee_id, 'slaState', t.sla_state, 'nextDeadline', ${instantJson('t.next_deadline')},
  'createdAt', ${instantJson('t.created_at')}, 'updatedAt', ${instantJson('t.updated_at')}, 'version', t.version)`;

const stage = `json_build_object('id', s.id, 'name', s.name, 'position', s.position, 'category', s.category,
  'cancels', s.cancels, 'folded', s.category = 'closed')`;

/**
 * A team's board in one round trip, as the JSON that is answered: per stage the count and one page of cards,
 * highest priority first, then newest, each found through `ticket_board_idx`. No row when the team is not there
 * for this caller.
 * Parameters: company, team, user who must see it (null sees everything), cards a stage, one stage (null all),
 * and the last card seen as rank and id (`boardStart` before the first).
 */
export const boardStatement = {
  name: 'board',
  text: `SELECT json_build_object('stages', coalesce(json_agg(json_build_object(
      'stage', ${stage}, 'count', counted.count, 'cards', page.cards, 'nextCursor', page.next)
      ORDER BY s.position) FILTER (WHERE s.id IS NOT NULL), '[]'))::text AS board, count(s.id)::int AS stages
    FROM team m
    LEFT JOIN stage s ON s.company_id = m.company_id AND s.team_id = m.id AND ($5::text IS NULL OR s.id = $5)
    LEFT JOIN LATERAL (
      SELECT count(*) FROM ticket t
      WHERE t.company_id = m.company_id AND t.team_id = m.id AND t.stage_id = s.id AND t.archived_at IS NULL
    ) counted ON true
    LEFT JOIN LATERAL (
      SELECT coalesce(json_agg(one.card ORDER BY one.priority DESC, one.id DESC) FILTER (WHERE one.place <= $4), '[]') AS cards,
        max(one.priority || '.' || one.id) FILTER (WHERE one.place = $4 AND one.more) AS next
      FROM (
        SELECT t.id, t.priority, ${card} AS card, row_number() OVER () AS place,
          count(*) OVER () > $4 AS more
        FROM (
          SELECT * FROM ticket t
          WHERE t.company_id = m.company_id AND t.team_id = m.id AND t.stage_id = s.id AND t.archived_at IS NULL
            AND (t.priority, t.id) < ($6::int, $7::text)
          ORDER BY t.priority DESC, t.id DESC LIMIT $4 + 1
        ) t
      ) one
    ) page ON true
    WHERE m.company_id = $1 AND m.id = $2 AND ($3::text IS NULL OR m.visibility <> 'private'
      OR EXISTS (SELECT 1 FROM team_member w
        WHERE w.company_id = m.company_id AND w.team_id = m.id AND w.user_id = $3)
      OR EXISTS (SELECT 1 FROM team_follower f
        WHERE f.company_id = m.company_id AND f.team_id = m.id AND f.user_id = $3))
    GROUP BY m.company_id, m.id`,
};

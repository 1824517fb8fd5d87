import type { World } from './company';
import type { TestTeam } from './teams';

/**
 * Fills a team with tickets in one statement, so that plans and pages are those of a real table: spread over
 * stages and priorities, every ninth closed one archived, most of them closed long ago.
 */
export async function manyTickets(
  world: World,
  of: TestTeam,
  options: {
    readonly count: number;
    readonly contactId?: string;
    readonly assigneeId?: string;
    readonly saleOrderLineId?: string;
  },
): Promise<void> {
  const { stages } = of;
  await world.database.pool.query(
    `INSERT INTO ticket (company_id, id, number, team_id, stage_id, subject, priority, contact_id, assignee_id,
        sale_order_line_id, sla_state, next_deadline, closed_at, archived_at, created_at, updated_at)
      SELECT $1, 'tkt_' || lpad(next.number::text, 26, '0'), next.number, $2,
        (ARRAY[$3, $4, $5, $6])[1 + least(i % 20, 3)], 'Ticket ' || i, i % 4,
        CASE WHEN i % 50 = 0 THEN $7 END, CASE WHEN i % 40 = 0 THEN $8 END, CASE WHEN i % 60 = 0 THEN $9 END,
        CASE WHEN i % 20 >= 3 THEN 'reached' WHEN i % 20 = 1 AND i % 100 = 1 THEN 'breached' ELSE 'on_track' END,
        CASE WHEN i % 20 < 3 THEN now() + i * interval '1 minute' END,
        CASE WHEN i % 20 >= 3 THEN now() - (1000000 - i % 1000000) * interval '1 minute' END,
        CASE WHEN i % 20 >= 3 AND i % 9 = 0 THEN now() END,
        now() - i * interval '1 minute', now() - (i * 7919 % 100000) * interval '1 second'
      FROM generate_series(1, $10::int) AS i,
        LATERAL (SELECT nextval(quote_ident('ticket_number_' || $1)) AS number WHERE i > 0) next`,
    [
      world.companyId,
      of.id,
      stages.new,
      stages.inProgress,
      stages.awaitingCustomer,
      stages.solved,
      options.contactId ?? null,
      options.assigneeId ?? null,
      options.saleOrderLineId ?? null,
      options.count,
    ],
  );
  await world.database.pool.query('VACUUM ANALYZE ticket');
}

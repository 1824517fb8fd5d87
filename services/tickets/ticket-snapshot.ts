import { notFound } from '../../domain/shared/errors';
import type { TicketSnapshot } from '../../domain/ticket/snapshot';
import type { SlaState, StageCategory } from '../../domain/ticket/values';
import { referenceSql } from '../../prisma/statements/ticket-columns';
import type { Queryable } from '../listing';

const snapshotText = `SELECT ${referenceSql('t')} AS reference, t.team_id AS "teamId", s.name AS stage, s.category AS "stageCategory",
    t.archived_at IS NOT NULL AS archived, t.sla_state AS "slaState", t.priority, t.assignee_id AS "assigneeId",
    (extract(epoch FROM t.next_deadline) * 1000)::int8 AS "nextDeadlineMs",
    (extract(epoch FROM t.next_wake_at) * 1000)::int8 AS "nextWakeAtMs",
    (SELECT coalesce(json_agg(e.id ORDER BY e.id), '[]') FROM timesheet_entry e WHERE e.company_id = t.company_id
      AND e.ticket_id = t.id AND e.applied_version < e.version) AS "pendingEntryIds"
  FROM ticket t JOIN stage s ON s.company_id = t.company_id AND s.id = t.stage_id
  WHERE t.company_id = $1 AND t.id = $2`;

interface SnapshotRow {
  readonly reference: string;
  readonly teamId: string;
  readonly stage: string;
  readonly stageCategory: StageCategory;
  readonly archived: boolean;
  readonly slaState: SlaState;
  readonly priority: number;
  readonly assigneeId: string | null;
  readonly nextDeadlineMs: number | null;
  readonly nextWakeAtMs: number | null;
  readonly pendingEntryIds: string[];
}

/** What a ticket's workflow has to know of it just now; ids, states and instants only. @throws DomainError `not_found` */
export async function ticketSnapshot(
  queryable: Queryable,
  companyId: string,
  ticketId: string,
): Promise<TicketSnapshot> {
  const { rows } = await queryable.query(snapshotText, [companyId, ticketId]);
  const row = rows[0] as SnapshotRow | undefined;
  if (row === undefined) throw notFound('ticket');
  return row;
}

import {
  type Priority,
  priorities,
  priorityRank,
  type SlaState,
  type StageCategory,
  slaStates,
} from '../../domain/ticket/values';
import { prioritySql, referenceSql } from '../../prisma/statements/ticket-columns';
import type { Resource } from '../listing';
import { visibleTickets } from './visibility';

/** A ticket as the API shows it; instants are ISO 8601 in UTC. */
export interface TicketView {
  readonly id: string;
  /** `#00042`, unique per company, for people. */
  readonly reference: string;
  readonly number: number;
  readonly teamId: string;
  readonly stageId: string;
  readonly stageCategory: StageCategory;
  readonly subject: string;
  readonly description: string;
  readonly priority: Priority;
  readonly channel: string;
  readonly contactId: string | null;
  readonly assigneeId: string | null;
  readonly saleOrderLineId: string | null;
  readonly slaState: SlaState;
  /** The earliest deadline of a live clock; `null` while none runs. */
  readonly nextDeadline: string | null;
  readonly closedAt: string | null;
  readonly archivedAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The one way to read tickets for the API; every query carries the access rule of spec.md §4. */
export const ticketResource: Resource = {
  name: 'ticket',
  select: `t.id, ${referenceSql('t')} AS reference, t.number, t.team_id AS "teamId", t.stage_id AS "stageId",
    (SELECT s.category FROM stage s WHERE s.company_id = t.company_id AND s.id = t.stage_id) AS "stageCategory",
    t.subject, t.description, ${prioritySql('t.priority')} AS priority, t.channel,
    t.contact_id AS "contactId", t.assignee_id AS "assigneeId", t.sale_order_line_id AS "saleOrderLineId",
    t.sla_state AS "slaState", t.next_deadline AS "nextDeadline", t.closed_at AS "closedAt",
    t.archived_at AS "archivedAt", t.version, t.created_at AS "createdAt", t.updated_at AS "updatedAt"`,
  // No join: PostgreSQL underestimates it a hundredfold and then sorts the whole table for one page.
  from: 'ticket t',
  company: 't.company_id',
  id: 't.id',
  visible: visibleTickets,
  filters: {
    teamId: {
      kind: 'id',
      description: 'Tickets of these teams.',
      column: 't.team_id',
      sql: (values) => `t.team_id = ANY(${values})`,
    },
    stageId: {
      kind: 'id',
      description: 'Tickets in these stages.',
      column: 't.stage_id',
      sql: (values) => `t.stage_id = ANY(${values})`,
    },
    assigneeId: {
      kind: 'id',
      description: 'Tickets assigned to these users.',
      column: 't.assignee_id',
      sql: (values) => `t.assignee_id = ANY(${values})`,
    },
    assigned: {
      kind: 'boolean',
      description: 'Whether somebody is assigned.',
      sql: (value) => `(t.assignee_id IS NOT NULL) = ${value}`,
    },
    contactId: {
      kind: 'id',
      description: 'Tickets of these contacts.',
      column: 't.contact_id',
      sql: (values) => `t.contact_id = ANY(${values})`,
    },
    priority: {
      kind: 'enum',
      values: priorities,
      stored: (value) => priorityRank(value as Priority),
      description: 'Tickets of these priorities.',
      column: 't.priority',
      sql: (values) => `t.priority = ANY(${values})`,
    },
    slaState: {
      kind: 'enum',
      values: slaStates,
      description: 'Tickets in these SLA states.',
      column: 't.sla_state',
      sql: (values) => `t.sla_state = ANY(${values})`,
    },
    open: {
      kind: 'boolean',
      description: 'Whether the ticket is not closed.',
      sql: (value) => `(t.closed_at IS NULL) = ${value}`,
    },
    archived: {
      kind: 'boolean',
      description: 'Archived tickets instead of those at work; `false` when left out.',
      sql: (value) => `(t.archived_at IS NOT NULL) = ${value}`,
    },
    saleOrderLineId: {
      kind: 'id',
      description: 'Tickets that name these sale order lines.',
      column: 't.sale_order_line_id',
      sql: (values) => `t.sale_order_line_id = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 't.id', type: 'text' },
    updatedAt: { expression: 't.updated_at', type: 'timestamptz' },
    priority: { expression: 't.priority', type: 'integer' },
    deadline: { expression: `coalesce(t.next_deadline, 'infinity'::timestamptz)`, type: 'timestamptz' },
  },
  defaultSort: '-createdAt',
};

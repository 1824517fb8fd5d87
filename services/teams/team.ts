import type { Visibility } from '../../domain/ticket/values';
import type { Resource } from '../listing';
import { visibleTeams } from '../tickets/visibility';

/** A team as the API shows it (spec.md §4). */
export interface TeamView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `#rrggbb`. */
  readonly colour: string;
  readonly visibility: Visibility;
  readonly calendarId: string;
  readonly projectId: string | null;
  readonly slaEnabled: boolean;
  readonly timesheetsEnabled: boolean;
  readonly timeBillingEnabled: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The one way to read teams for the API; a private team is there only for its members, followers and admins. */
export const teamResource: Resource = {
  name: 'team',
  select: `m.id, m.name, m.description, m.colour, m.visibility, m.calendar_id AS "calendarId",
    m.project_id AS "projectId", m.sla_enabled AS "slaEnabled", m.timesheets_enabled AS "timesheetsEnabled",
    m.time_billing_enabled AS "timeBillingEnabled", m.version, m.created_at AS "createdAt",
    m.updated_at AS "updatedAt"`,
  from: 'team m',
  company: 'm.company_id',
  id: 'm.id',
  visible: visibleTeams,
  filters: {
    calendarId: {
      kind: 'id',
      description: 'Teams that work by these calendars.',
      column: 'm.calendar_id',
      sql: (values) => `m.calendar_id = ANY(${values})`,
    },
    projectId: {
      kind: 'id',
      description: 'Teams that log time on these projects.',
      column: 'm.project_id',
      sql: (values) => `m.project_id = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 'm.id', type: 'text' },
    name: { expression: 'm.name', type: 'text' },
  },
  defaultSort: 'name',
};

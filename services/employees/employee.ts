import type { Resource } from '../listing';

export interface EmployeeView {
  readonly id: string;
  readonly userId: string | null;
  readonly name: string;
  readonly calendarId: string;
  readonly hourlyCostMinor: number;
  readonly currency: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const employeeResource: Resource = {
  name: 'employee',
  select: `e.id, e.user_id AS "userId", e.name, e.calendar_id AS "calendarId",
    e.hourly_cost_minor AS "hourlyCostMinor", e.currency, e.version, e.created_at AS "createdAt",
    e.updated_at AS "updatedAt"`,
  from: 'employee e',
  company: 'e.company_id',
  id: 'e.id',
  filters: {
    userId: {
      kind: 'id',
      description: 'The employees who are these users.',
      sql: (values) => `e.user_id = ANY(${values})`,
    },
    calendarId: {
      kind: 'id',
      description: 'Employees who work by these calendars.',
      sql: (values) => `e.calendar_id = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 'e.id', type: 'text' },
    name: { expression: 'e.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

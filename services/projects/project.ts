import type { Resource } from '../listing';

export interface ProjectView {
  readonly id: string;
  readonly name: string;
  readonly contactId: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Where a team's time belongs (spec.md §9: timesheets need the team's switch and project). */
export const projectResource: Resource = {
  name: 'project',
  select: `p.id, p.name, p.contact_id AS "contactId", p.version, p.created_at AS "createdAt",
    p.updated_at AS "updatedAt"`,
  from: 'project p',
  company: 'p.company_id',
  id: 'p.id',
  filters: {
    contactId: {
      kind: 'id',
      description: 'Projects of these contacts.',
      sql: (values) => `p.contact_id = ANY(${values})`,
    },
  },
  sorts: {
    createdAt: { expression: 'p.id', type: 'text' },
    name: { expression: 'p.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

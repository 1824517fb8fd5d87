import type { Resource } from '../listing';

export const contactKinds = ['person', 'organisation'] as const;
export type ContactKind = (typeof contactKinds)[number];

export interface ContactView {
  readonly id: string;
  readonly kind: ContactKind;
  readonly organisationId: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const contactResource: Resource = {
  name: 'contact',
  select: `c.id, c.kind, c.organisation_id AS "organisationId", c.name, c.email, c.phone, c.version,
    c.created_at AS "createdAt", c.updated_at AS "updatedAt"`,
  from: 'contact c',
  company: 'c.company_id',
  id: 'c.id',
  filters: {
    kind: {
      kind: 'enum',
      description: 'People, or organisations.',
      values: contactKinds,
      sql: (values) => `c.kind = ANY(${values})`,
    },
    organisationId: {
      kind: 'id',
      description: 'People of these organisations.',
      sql: (values) => `c.organisation_id = ANY(${values})`,
    },
    email: {
      kind: 'text',
      description: 'Contacts with these addresses.',
      sql: (values) => `c.email = ANY(${values})`,
      stored: (value) => value.toLowerCase(),
    },
  },
  sorts: {
    createdAt: { expression: 'c.id', type: 'text' },
    name: { expression: 'c.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

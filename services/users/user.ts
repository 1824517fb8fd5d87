import { type Role, roles } from '../../domain/shared/actor';
import type { Resource } from '../listing';

export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly active: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const userResource: Resource = {
  name: 'user',
  select: `u.id, u.email, u.name, u.role, u.active, u.version, u.created_at AS "createdAt",
    u.updated_at AS "updatedAt"`,
  from: 'user_account u',
  company: 'u.company_id',
  id: 'u.id',
  filters: {
    email: {
      kind: 'text',
      description: 'Users with these addresses.',
      sql: (values) => `lower(u.email) = ANY(${values})`,
      stored: (value) => value.toLowerCase(),
    },
    role: {
      kind: 'enum',
      values: roles,
      description: 'Users with these roles.',
      sql: (values) => `u.role = ANY(${values})`,
    },
    active: {
      kind: 'boolean',
      description: 'Users who may log in, or who may no longer.',
      sql: (value) => `u.active = ${value}`,
    },
  },
  sorts: {
    createdAt: { expression: 'u.id', type: 'text' },
    name: { expression: 'u.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

import type { Resource } from '../listing';

export interface CompanyView {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  readonly currency: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const companyResource: Resource = {
  name: 'company',
  select: `c.id, c.name, c.timezone, c.currency, c.version, c.created_at AS "createdAt",
    c.updated_at AS "updatedAt"`,
  from: 'company c',
  company: 'c.id',
  id: 'c.id',
  filters: {},
  sorts: { createdAt: { expression: 'c.id', type: 'text' } },
  defaultSort: 'createdAt',
};

import type { Unit } from '../../domain/billing/amounts';
import type { Resource } from '../listing';

/** What is sold: people's time and work, or things. */
export const productKinds = ['service', 'goods'] as const;
export type ProductKind = (typeof productKinds)[number];

/** Invoiced as ordered, or as delivered (spec.md §9). */
export const invoicingMethods = ['prepaid', 'time_and_materials'] as const;
export type InvoicingMethod = (typeof invoicingMethods)[number];

/** A product as the API shows it; the price is integer minor units for one `unit`. */
export interface ProductView {
  readonly id: string;
  readonly name: string;
  readonly kind: ProductKind;
  readonly invoicing: InvoicingMethod;
  readonly unit: Unit;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly active: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Products of the company (spec.md §3, §9). */
export const productResource: Resource = {
  name: 'product',
  select: `p.id, p.name, p.kind, p.invoicing, p.unit, p.unit_price_minor AS "unitPriceMinor", p.currency, p.active,
    p.version, p.created_at AS "createdAt", p.updated_at AS "updatedAt"`,
  from: 'product p',
  company: 'p.company_id',
  id: 'p.id',
  filters: {
    kind: {
      kind: 'enum',
      description: 'Services, or goods.',
      values: productKinds,
      sql: (values) => `p.kind = ANY(${values})`,
    },
    invoicing: {
      kind: 'enum',
      description: 'Products that are invoiced in these ways.',
      values: invoicingMethods,
      sql: (values) => `p.invoicing = ANY(${values})`,
    },
    active: {
      kind: 'boolean',
      description: 'Products that can, or can no longer, be sold.',
      sql: (value) => `p.active = ${value}`,
    },
  },
  sorts: {
    createdAt: { expression: 'p.id', type: 'text' },
    name: { expression: 'p.name', type: 'text' },
  },
  defaultSort: '-createdAt',
};

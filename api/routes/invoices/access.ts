import type { Role } from '../../../domain/shared/actor';

const roles: readonly Role[] = ['admin', 'manager', 'finance'];

/** Who may read invoices, and what they say elsewhere (spec.md §9). */
export const readingInvoices = { roles, scope: 'invoices:read' } as const;

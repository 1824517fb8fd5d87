/** Who did it, as events, clocks and workflows carry it: ids only, never a name or an address. */
export type Actor =
  | { readonly type: 'user'; readonly userId: string }
  | { readonly type: 'contact'; readonly contactId: string }
  | { readonly type: 'operator' }
  | { readonly type: 'system'; readonly process: 'workflow' | 'reconcile' | 'seed' | 'setup' };

export const roles = ['admin', 'manager', 'agent', 'finance'] as const;
export type Role = (typeof roles)[number];

/** What an API key may be limited to; a login carries all of them. Each route names exactly one. */
export const scopes = [
  'profile:read',
  'settings:read',
  'settings:write',
  'contacts:read',
  'contacts:write',
  'tickets:read',
  'tickets:write',
  'time:read',
  'time:write',
  'sales:read',
  'sales:write',
  'invoices:read',
  'invoices:write',
  'events:read',
  'keys:write',
] as const;
export type Scope = (typeof scopes)[number];

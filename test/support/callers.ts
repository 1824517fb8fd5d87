import type { Route } from '../../api/route';
import { type Role, roles } from '../../domain/shared/actor';

/** The roles that may call a route. */
export function rolesOf(route: Route): readonly Role[] {
  return route.access === 'public' ? roles : route.access.roles;
}

/** The role that sends a route's examples: the admin where they may. */
export function callerRole(route: Route): Role {
  const listed = rolesOf(route);
  const role = listed.includes('admin') ? 'admin' : listed[0];
  if (role === undefined) throw new Error(`${route.operationId} can be called by nobody`);
  return role;
}

/** Calls `work` for all items, a few at a time, as clients do. */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lanes = Array.from({ length: 6 }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(lanes);
}

import type { Route } from './route';

/**
 * Where what a route makes can be read: the address that its 201 names in `Location` (RFC 9110 §15.3.2), with the
 * record's id in place of the last parameter. `undefined` where the record has no address of its own.
 */
export function locationOf(route: Route, routes: readonly Route[]): string | undefined {
  if (route.method !== 'post') return undefined;
  const depth = route.path.split('/').length + 1;
  const member = routes.find(
    ({ method, path }) =>
      method === 'get' && path.startsWith(`${route.path}/{`) && path.split('/').length === depth,
  );
  return route.made ?? member?.path;
}

/** The address with the ids of the request's own in its place, and the new one at its end. */
export function filledLocation(
  template: string,
  params: Readonly<Record<string, unknown>>,
  id: string,
): string {
  const own = template.replaceAll(/\{(\w+)\}/g, (written, name: string) => {
    const value = params[name];
    return typeof value === 'string' ? value : written;
  });
  return own.replace(/\{\w+\}$/, id);
}

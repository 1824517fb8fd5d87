import type { Context } from '../context';

/** Only managers and administrators log, change and delete the time of others; the system acts for anybody. */
export function mayChangeTimeOfOthers(context: Context): boolean {
  return context.role === null || context.role === 'admin' || context.role === 'manager';
}

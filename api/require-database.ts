import { StartError } from '../config/start-error';
import type { Database } from '../prisma/client';

/**
 * Fails at once, in one sentence, when the database cannot be used; a process that has started goes on through
 * any later outage.
 * @throws StartError
 */
export async function requireDatabase(database: Database, url: string): Promise<void> {
  try {
    await database.pool.query('SELECT 1 FROM company LIMIT 1');
  } catch (error) {
    throw new StartError(sentence(error, url));
  }
}

function sentence(error: unknown, url: string): string {
  const code = (error as { code?: string }).code;
  const place = placeOf(url);
  switch (code) {
    case '28P01':
    case '28000':
      return `PostgreSQL at ${place} refuses the user or password: correct DATABASE_URL.`;
    case '3D000':
      return `PostgreSQL at ${place} has no such database: create it, or correct DATABASE_URL.`;
    case '42P01':
      return `The database at ${place} has no tables yet: run "npm run migrate" first.`;
    default:
      return `PostgreSQL does not answer at ${place}: start it, or correct DATABASE_URL.`;
  }
}

/** Host and database without the credentials. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the address in DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host || 'the local socket'}${pathname}`;
}

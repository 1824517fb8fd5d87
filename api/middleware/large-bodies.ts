import { invalidField } from '../../domain/shared/errors';

/** Checking a body of the largest size costs tens of milliseconds; of this size, next to nothing. */
const largeBytes = 16 * 1024;
/** More members than any object of the API has by far. */
const mostMembers = 500;

let last: Promise<void> = Promise.resolve();

/**
 * Lets large bodies be checked one in each turn of the event loop, so that many that arrive at once do not hold up
 * everybody else for the sum of their times. Small ones go on at once.
 */
export async function turnOf(bytes: number): Promise<void> {
  if (bytes < largeBytes) return;
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  await last;
}

/**
 * Refuses, before any schema looks at its members one by one, an object that no schema could allow.
 * @throws DomainError `validation_failed`
 */
export function refuseWideObjects(body: unknown): void {
  const pending: unknown[] = [body];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const values: unknown[] = Object.values(node);
    if (!Array.isArray(node) && values.length > mostMembers) {
      throw invalidField('', 'too_long', `An object of the body may have at most ${mostMembers} members.`);
    }
    for (const value of values) if (typeof value === 'object' && value !== null) pending.push(value);
  }
}

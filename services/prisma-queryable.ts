import type { Transaction } from '../prisma/client';
import { toJson } from './json';
import type { Queryable } from './listing';

/**
 * Lets `readOne` run inside a verb's transaction, so that the answer stored with the idempotency key is what
 * the transaction wrote. Rows pass through JSON, so instants and big integers look as they do outside; a
 * `date` column must be selected as text.
 */
export function within(db: Transaction): Queryable {
  return {
    async query(text, values) {
      const rows = await db.$queryRawUnsafe<unknown[]>(text, ...values);
      return { rows: toJson(rows) as unknown[] };
    },
  };
}

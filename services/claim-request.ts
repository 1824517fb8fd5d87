import type { Context } from './context';
import { change } from './transaction';

/**
 * Claims the request's key for work that commits in transactions of its own, such as a bulk of tickets. Each part
 * carries a key of its own, so that a request repeated after an interruption does only what was left.
 * @throws DomainError `idempotency_key_reused`
 */
export async function claimRequest(context: Context): Promise<void> {
  if (context.command === null) return;
  await change(context, (work) => {
    work.unchanged();
    return Promise.resolve(null);
  });
}

import { DomainError } from '../../domain/shared/errors';

/** Node runs four such tasks beside the event loop; two are left for name look-ups and files. */
const atOnce = 2;
/** Some two seconds of hashing; whoever stands further back is told to come again instead of waiting. */
const mostWaiting = 50;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs slow hashes a few at a time: a flood of logins neither takes the whole machine nor grows a queue without end.
 * @throws DomainError `rate_limited` when too many wait.
 */
export async function inTurn<Result>(hash: () => Promise<Result>): Promise<Result> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting) {
      throw new DomainError('rate_limited', 'Too many people log in just now; try again in a few seconds.', {
        retryAfterSeconds: 3,
      });
    }
    // Whoever ends hands its place over, so nobody who comes meanwhile takes it.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await hash();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

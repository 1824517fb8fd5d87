import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

/** A refusal is repeated for so long without a question: then another process may have taken a success out of the count. */
const rememberedMs = 1_000;

/**
 * The counts of a limiter whose store is the database, at the cost of one query at a time for each key and of none while
 * the key is refused: a crowd of attempts does not take the pool from everybody else.
 */
export class AttemptCounts {
  private readonly lastOf = new Map<string, Promise<number | undefined>>();
  /** When the count of a refused key begins anew, by the clock of `performance`. */
  private readonly refusedUntil = new Map<string, number>();

  constructor(private readonly limiter: RateLimiterAbstract) {}

  /** Counts one attempt; answers after how many milliseconds to try again when it was one too many. */
  async count(key: string): Promise<number | undefined> {
    const before = this.lastOf.get(key);
    // What one attempt fails with is told to all who wait behind it: they would only wait for the same.
    const own = before === undefined ? this.countNow(key) : before.then(() => this.countNow(key));
    this.lastOf.set(key, own);
    try {
      return await own;
    } finally {
      if (this.lastOf.get(key) === own) this.lastOf.delete(key);
    }
  }

  /** Takes all attempts of the key out of the count. */
  async forgetAll(key: string): Promise<void> {
    await this.limiter.delete(key);
    this.refusedUntil.delete(key);
  }

  /** Takes one attempt out of the count. */
  async forgetOne(key: string): Promise<void> {
    await this.limiter.reward(key);
    this.refusedUntil.delete(key);
  }

  private async countNow(key: string): Promise<number | undefined> {
    const until = this.refusedUntil.get(key);
    if (until !== undefined) return Math.max(0, until - performance.now());
    try {
      await this.limiter.consume(key);
      return undefined;
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      this.refusedUntil.set(key, performance.now() + rejection.msBeforeNext);
      setTimeout(() => this.refusedUntil.delete(key), rememberedMs).unref();
      return rejection.msBeforeNext;
    }
  }
}

import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Environment } from '../../config/env';
import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import type { LoginLimits } from '../../services/access/log-in';
import { AttemptCounts } from './attempt-counts';
import { countedNetwork } from './network-address';

export interface LimitState {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface RateLimits extends LoginLimits {
  /** Counts one request of a caller; the refusal `rate_limited` is there when it was one too many. */
  countRequest(caller: string): Promise<{ readonly state: LimitState; readonly refusal?: DomainError }>;
  /** The caller's state without counting. */
  requestState(caller: string): Promise<LimitState>;
}

const requestWindowSeconds = 60;
const loginWindowSeconds = 15 * 60;
/** One address may try more often than one account: an office shares one. */
const addressFactor = 10;

/** What strangers type into the login form is counted, not kept. */
function printOf(account: string): string {
  return createHash('sha256').update(account).digest('base64url');
}

/** Requests are counted in each API process, failed logins in the database. */
export function createRateLimits(environment: Environment, database: Database): RateLimits {
  const requests = new RateLimiterMemory({
    points: environment.REQUESTS_PER_MINUTE,
    duration: requestWindowSeconds,
  });
  const store = {
    storeClient: database.pool,
    tableName: 'login_attempt',
    tableCreated: true,
    duration: loginWindowSeconds,
  };
  const accounts = new AttemptCounts(
    new RateLimiterPostgres({
      ...store,
      keyPrefix: 'account',
      points: environment.LOGINS_PER_QUARTER_HOUR,
    }),
  );
  const addresses = new AttemptCounts(
    new RateLimiterPostgres({
      ...store,
      keyPrefix: 'address',
      points: environment.LOGINS_PER_QUARTER_HOUR * addressFactor,
    }),
  );

  function state(result: RateLimiterRes | null): LimitState {
    return {
      name: 'requests',
      limit: environment.REQUESTS_PER_MINUTE,
      windowSeconds: requestWindowSeconds,
      remaining: Math.max(0, result?.remainingPoints ?? environment.REQUESTS_PER_MINUTE),
      resetSeconds: Math.ceil((result?.msBeforeNext ?? 0) / 1000),
    };
  }

  function tooMany(retryAfterSeconds: number, what: string): DomainError {
    return new DomainError('rate_limited', `Too many ${what}; try again in ${retryAfterSeconds} seconds.`, {
      retryAfterSeconds,
    });
  }

  return {
    async countRequest(caller) {
      try {
        return { state: state(await requests.consume(caller)) };
      } catch (rejection) {
        if (!(rejection instanceof RateLimiterRes)) throw rejection;
        const exhausted = state(rejection);
        return { state: exhausted, refusal: tooMany(Math.max(1, exhausted.resetSeconds), 'requests') };
      }
    },
    async requestState(caller) {
      return state(await requests.get(caller));
    },
    async countLogin(account, address) {
      for (const [counts, key] of [
        [addresses, countedNetwork(address)],
        [accounts, printOf(account)],
      ] as const) {
        const againMs = await counts.count(key);
        if (againMs !== undefined) throw tooMany(Math.max(1, Math.ceil(againMs / 1000)), 'failed logins');
      }
    },
    async forgetLogin(account, address) {
      await Promise.all([accounts.forgetAll(printOf(account)), addresses.forgetOne(countedNetwork(address))]);
    },
  };
}

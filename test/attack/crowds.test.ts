import { once } from 'node:events';
import { createRateLimits, type RateLimits } from '../../api/middleware/rate-limits';
import { createReadiness } from '../../api/readiness';
import { readEnvironment } from '../../config/env';
import type { DomainError } from '../../domain/shared/errors';
import { type Database, openDatabase } from '../../prisma/client';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { uniqueEmail } from '../support/factories';
import { openConnection, requestText } from '../support/raw-http';
import { recordQueries } from '../support/recorded-queries';

const database = testDatabase();
const api = testApi(database, {
  environment: { REQUESTS_AT_ONCE: '2', TRUSTED_PROXIES: '1', LOGINS_PER_QUARTER_HOUR: '1000' },
});

/** One login of an account in a quarter of an hour, ten of an address. */
function strictLimits(counted: Database = database): RateLimits {
  const environment = readEnvironment({ DATABASE_URL: database.url, LOGINS_PER_QUARTER_HOUR: '1' });
  return createRateLimits(environment, counted);
}

describe('a crowd of strangers', () => {
  it('that asks whether the process is ready costs one reading in half a second', async () => {
    const recorded = recordQueries(database);
    let calls = 0;
    let stopping = false;
    const ask = createReadiness({
      database: recorded.database,
      askTemporal: () => {
        calls += 1;
        return Promise.resolve();
      },
      isStopping: () => stopping,
    });
    const crowd = await Promise.all(Array.from({ length: 100 }, ask));
    expect(crowd.every(({ ready }) => ready)).toBe(true);
    expect(calls).toBe(1);
    expect(recorded.queries.length).toBe(2);
    stopping = true;
    expect((await ask()).ready).toBe(false);
    await eventually('the parts are read again', async () => {
      await ask();
      return calls > 1;
    });
  });

  it('that tries to log in from one address costs a query for each attempt that is let in, and one for the rest', async () => {
    const recorded = recordQueries(database);
    const limits = strictLimits(recorded.database);
    const crowd = await Promise.allSettled(
      Array.from({ length: 300 }, () => limits.countLogin(uniqueEmail(), '10.9.0.1')),
    );
    expect(crowd.filter(({ status }) => status === 'fulfilled').length).toBe(10);
    for (const outcome of crowd) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({ code: 'rate_limited' });
      expect((outcome.reason as DomainError).details.retryAfterSeconds).toBeGreaterThan(600);
    }
    expect(recorded.queries.length).toBe(10 + 1 + 10);
    await limits.countLogin(uniqueEmail(), '10.9.0.2');
  });

  it('that tries to log in to one account costs as little', async () => {
    const recorded = recordQueries(database);
    const limits = strictLimits(recorded.database);
    const email = uniqueEmail();
    const crowd = await Promise.allSettled(
      Array.from({ length: 100 }, (_unused, index) => limits.countLogin(email, `10.9.1.${index}`)),
    );
    expect(crowd.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(recorded.queries.length).toBe(100 + 2);
  });

  it('keeps nobody out for whom a login has succeeded, here or in another process', async () => {
    const here = strictLimits();
    const elsewhere = strictLimits();
    for (const succeeds of [here, elsewhere]) {
      const email = uniqueEmail();
      const addresses = Array.from({ length: 250 }, (_unused, index) => `10.9.${2 + index}.1`);
      const attempt = () => here.countLogin(email, addresses.pop() ?? '');
      await attempt();
      await expect(attempt()).rejects.toMatchObject({ code: 'rate_limited' });
      await succeeds.forgetLogin(email, '10.9.2.1');
      // Of what happens elsewhere a process hears by asking again.
      if (succeeds === here) await attempt();
      else await eventually('the account is let in', () => attempt().then(() => true));
    }
  });

  it('that cannot be counted is told so, all at once', async () => {
    const unreachable = openDatabase({
      url: 'postgresql://nobody@127.0.0.1:1/none',
      poolSize: 2,
      applicationName: 'test',
    });
    const recorded = recordQueries(unreachable);
    const limits = strictLimits(recorded.database);
    const crowd = await Promise.allSettled(
      Array.from({ length: 50 }, () => limits.countLogin(uniqueEmail(), '10.9.3.1')),
    );
    expect(crowd.every(({ status }) => status === 'rejected')).toBe(true);
    expect(recorded.queries.length).toBe(1);
    await unreachable.close();
  });

  it('that was let in and holds back its bodies is refused beyond twice the number that is worked on', async () => {
    const body = JSON.stringify({ email: uniqueEmail(), password: 'wrong' });
    const crowd = await Promise.all(Array.from({ length: 12 }, () => openConnection(api.url)));
    const statuses: number[] = [];
    const answers: Promise<void>[] = [];
    const lock = await database.pool.connect();
    try {
      for (const [index, connection] of crowd.entries()) {
        const request = requestText(
          'POST /v1/auth/login HTTP/1.1',
          ['Content-Type: application/json', 'Expect: 100-continue', `X-Forwarded-For: 10.9.4.${index}`],
          body,
        );
        const letIn = once(connection.socket, 'data');
        connection.send(request.subarray(0, -1));
        expect(String((await letIn)[0])).toContain('100 Continue');
      }
      // Nothing is at work, so each of them had a place when it came; this one comes after them.
      expect((await fetch(`${api.url}/v1/me`)).status).toBe(401);
      await lock.query('BEGIN');
      await lock.query('LOCK TABLE login_attempt IN ACCESS EXCLUSIVE MODE');
      for (const connection of crowd) {
        connection.send('}');
        answers.push(
          connection.replies(1).then(([reply]) => {
            statuses.push(reply?.status ?? Number.NaN);
          }),
        );
      }
      await eventually('the others are refused', () => Promise.resolve(statuses.length >= 8), 10_000);
      expect(statuses).toEqual(Array.from({ length: 8 }, () => 503));
    } finally {
      await lock.query('ROLLBACK');
      lock.release();
    }
    await Promise.all(answers);
    for (const connection of crowd) connection.close();
    expect(statuses.slice(8)).toEqual([401, 401, 401, 401]);
  });
});

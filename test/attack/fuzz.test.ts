import { randomInt } from 'node:crypto';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, type Everything, everything } from '../support/factories';
import { rowsOf } from '../support/rows';
import { testTemporal } from '../support/temporal';
import { type Finding, type FuzzReport, fuzz } from './fuzz/run';

/** `npm run fuzz -- --requests 20000 --seed 7` sets these. */
const requests = Number(process.env['KEEPDESK_FUZZ_REQUESTS'] ?? 2_000);
const seed = Number(process.env['KEEPDESK_FUZZ_SEED'] ?? randomInt(1_000_000_000));
const longest = 60_000 + requests * 60;

const database = testDatabase();
const temporal = testTemporal(database);
const options = { environment: { LOGINS_PER_QUARTER_HOUR: '1000000' } };
const api = testApi(database, { ...temporal.api, ...options });
let own: Everything;
let foreign: Everything;

beforeAll(async () => {
  own = await everything(await company(database));
  foreign = await everything(await company(database));
});

function told(report: FuzzReport): string {
  const lines = report.findings.map(
    ({ operationId, problems, curl }: Finding) => `${operationId}\n  ${problems.join('\n  ')}\n  ${curl}`,
  );
  return [
    `seed ${report.seed}: ${report.requests} requests, ${JSON.stringify(report.statuses)}`,
    ...lines,
  ].join('\n');
}

describe('generated requests', () => {
  it(
    'are answered as the document says, whatever they are',
    async () => {
      const before = await rowsOf(database, {
        companyId: foreign.companyId,
        except: ['session', 'user_account', 'event', 'idempotency_key'],
      });
      const startedAt = performance.now();
      const report = await fuzz({ url: api.url, own, foreign, routes, requests, seed });
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`fuzz: ${told(report)}\nfuzz: ${seconds} s, ${report.findings.length} findings\n`);
      expect(
        report.findings.map(({ operationId, problems, curl }) => ({ operationId, problems, curl, seed })),
      ).toEqual([]);
      expect(report.requests).toBeGreaterThan(requests * 0.7);
      const succeeded = Object.entries(report.statuses).filter(([status]) => status.startsWith('2'));
      expect(succeeded.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(requests * 0.15);
      expect(api.log.lines().filter((line) => Number(line['status']) >= 500)).toEqual([]);
      expect('polluted' in {}).toBe(false);
      expect(Object.keys(before).length).toBeGreaterThan(20);
    },
    longest,
  );
});

/** A route as it is, but for a defect in its handler that shows now and then. */
function planted(operationId: string, defect: (body: unknown, answer: unknown) => unknown): Route[] {
  return routes.map((route) =>
    route.operationId === operationId
      ? {
          ...route,
          handle: async (request) => ({
            ...(await route.handle(request)),
            ...Object(defect((request as { body?: unknown }).body, (await route.handle(request)).body)),
          }),
        }
      : route,
  );
}

describe('a planted defect is found', () => {
  const rareMember = planted('getContact', (_body, answer) => ({
    body: { ...Object(answer), internalNote: 'x' },
  }));
  const rareText = planted('createContact', (body) => {
    if (/[^\p{ASCII}]/u.test((body as { name: string }).name))
      throw new TypeError(`cannot read ${JSON.stringify(body)}`);
    return {};
  });
  const rareLeniency = routes.map(
    (route): Route =>
      route.operationId === 'createProject' && route.access !== 'public'
        ? { ...route, access: { ...route.access, roles: ['admin', 'manager', 'agent', 'finance'] } }
        : route,
  );
  const withMember = testApi(database, { ...options, routes: rareMember });
  const withText = testApi(database, { ...options, routes: rareText });
  const withAccess = testApi(database, { ...options, routes: rareLeniency });

  const search = (url: string, operationId: string): Promise<FuzzReport> =>
    fuzz({
      url,
      own,
      foreign,
      routes: routes.filter((route) => route.operationId === operationId),
      requests: 400,
      seed: 7,
    });

  it('an undocumented member', async () => {
    const { findings } = await search(withMember.url, 'getContact');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringContaining('internalNote'),
    ]);
    expect(findings[0]?.curl).toMatch(/^curl -i -X GET "\$URL"'\/v1\/contacts\//);
  });

  it('a 500 on a rare text', async () => {
    const { findings } = await search(withText.url, 'createContact');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringContaining('it answered 500'),
    ]);
    expect(findings[0]?.curl).toContain('--data-raw');
  });

  it('an operation that a role may not call and can', async () => {
    const { findings } = await search(withAccess.url, 'createProject');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringMatching(/the role \w+ was answered/),
    ]);
  });
});

import type { Route, RouteAnswer } from '../../api/route';
import { routes } from '../../api/routes';
import { testApi } from '../support/api-client';
import { marker } from '../support/bad-bodies';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, type Everything, everything, type World } from '../support/factories';
import { faultStack } from '../support/fault-stack';
import { loggedBy } from '../support/processes';
import { type Rows, rowsOf } from '../support/rows';
import { type FuzzReport, fuzz, toldOf } from './fuzz/run';

/** The same in every run; `npm run fuzz -- --requests 100000 --seed 7` sets others. */
const requests = Number(process.env['KEEPDESK_FUZZ_REQUESTS'] ?? 20_000);
const seed = Number(process.env['KEEPDESK_FUZZ_SEED'] ?? 1);
const prototypeWatch = require.resolve('../support/prototype-watch.cjs');
const longest = 120_000 + requests * 60;

const database = testDatabase();
const stack = faultStack({ database });
const options = { environment: { LOGINS_PER_QUARTER_HOUR: '1000000' } };
let own: Everything;
let foreign: Everything;
let stranger: World;

beforeAll(async () => {
  own = await everything(await company(database));
  foreign = await everything(await company(database));
  stranger = await company(database);
});

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function told(report: FuzzReport): string {
  return [
    `seed ${report.seed}: ${sum(report.requests)} requests ${JSON.stringify(report.requests)}, ${JSON.stringify(report.statuses)}`,
    ...report.findings.map(toldOf),
  ].join('\n');
}

describe('generated requests', () => {
  it(
    'are answered as the document says, whatever they are',
    async () => {
      const [api] = await Promise.all([
        stack.startApi({
          ...options.environment,
          NODE_OPTIONS: `--require ${JSON.stringify(prototypeWatch)}`,
        }),
        stack.startWorker(),
        stack.startRelay(),
      ]);
      await stack.settled();
      const before = await rowsOf(database, { companyId: foreign.companyId });
      const printTables = async (): Promise<Rows> => {
        await stack.settled();
        return rowsOf(database);
      };
      const startedAt = performance.now();
      const tell = (line: string): boolean => process.stdout.write(`fuzz: ${line}\n`);
      tell(`seed ${seed}, ${requests} requests`);
      const report = await fuzz({
        url: api.url,
        own,
        foreign,
        stranger,
        routes,
        requests,
        seed,
        printTables,
        tell,
      });
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`fuzz: ${told(report)}\nfuzz: ${seconds} s, ${report.findings.length} findings\n`);
      expect(
        report.findings.map(({ operationId, problems, curl }) => ({ operationId, problems, curl, seed })),
      ).toEqual([]);
      expect(sum(report.requests)).toBeGreaterThanOrEqual(requests);
      expect(report.requests.examples).toBeGreaterThan(routes.length);
      expect(report.requests.badMembers).toBeGreaterThan(2_500);
      expect(report.tablesChanged).toEqual([]);
      expect(report.requests.coverage).toBeGreaterThan(routes.length * 20);
      const succeeded = Object.entries(report.statuses).filter(([status]) => status.startsWith('2'));
      const { examples, generated } = report.requests;
      expect(sum(Object.fromEntries(succeeded))).toBeGreaterThan((examples + generated) / 5);
      // Lines of the log are written together, a tenth of a second apart.
      const logged = await eventually('the line of every request', () => {
        const lines = loggedBy(api);
        return Promise.resolve(lines.length > requests && lines);
      });
      expect(logged.filter((line) => Number(line['status']) >= 500)).toEqual([]);
      expect(api.output()).not.toContain(marker);
      expect(logged.filter(({ msg }) => msg === 'the prototype of all objects was changed')).toEqual([]);
      expect(Object.keys(before).length).toBeGreaterThan(20);
      expect(await rowsOf(database, { companyId: foreign.companyId })).toEqual(before);
    },
    longest,
  );
});

/** A route as it is, but for a defect in its handler that shows now and then. */
function planted(
  operationId: string,
  defect: (body: unknown, answer: RouteAnswer) => Partial<RouteAnswer>,
): Route[] {
  return routes.map((route) =>
    route.operationId === operationId
      ? {
          ...route,
          handle: async (request) => {
            const answer = await route.handle(request);
            return { ...answer, ...defect((request as { body?: unknown }).body, answer) };
          },
        }
      : route,
  );
}

/** Whether a name is one that only generated requests have. */
function isRare(body: unknown): boolean {
  return /[^\p{ASCII}]/u.test((body as { name: string }).name);
}

describe('a planted defect is found', () => {
  const member = planted('getContact', (_body, { body }) => ({
    body: { ...Object(body), internalNote: 'x' },
  }));
  const rareMember = planted('createContact', (given, { body }) =>
    isRare(given) ? { body: { ...Object(body), internalNote: 'x' } } : {},
  );
  const rareStatus = planted('createContact', (given) => (isRare(given) ? { status: 203 } : {}));
  const rareText = planted('createContact', (body) => {
    if (isRare(body)) throw new TypeError(`cannot read ${JSON.stringify(body)}`);
    return {};
  });
  const rareLeniency = routes.map(
    (route): Route =>
      route.operationId === 'createProject' && route.access !== 'public'
        ? { ...route, access: { ...route.access, roles: ['admin', 'manager', 'agent', 'finance'] } }
        : route,
  );
  const withMember = testApi(database, { ...options, routes: member });
  const withRareMember = testApi(database, { ...options, routes: rareMember });
  const withStatus = testApi(database, { ...options, routes: rareStatus });
  const withText = testApi(database, { ...options, routes: rareText });
  const withAccess = testApi(database, { ...options, routes: rareLeniency });

  const search = (url: string, operationId: string): Promise<FuzzReport> =>
    fuzz({
      url,
      own,
      foreign,
      stranger,
      routes: routes.filter((route) => route.operationId === operationId),
      requests: 400,
      seed: 7,
      printTables: () => rowsOf(database),
    });

  it('an undocumented member', async () => {
    const { findings } = await search(withMember.url, 'getContact');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringContaining('internalNote'),
    ]);
    expect(findings[0]?.curl).toMatch(/^curl -i -X GET "\$URL"'\/v1\/contacts\//);
  });

  it('an undocumented member of a rare answer', async () => {
    const { findings, requests: sent } = await search(withRareMember.url, 'createContact');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringContaining('internalNote'),
    ]);
    expect(sent.generated).toBeGreaterThan(0);
  });

  it('an undocumented status of a rare answer', async () => {
    const { findings } = await search(withStatus.url, 'createContact');
    expect(findings.map(({ problems }) => problems.join())).toEqual([
      expect.stringContaining('the status 203 is not documented'),
    ]);
    expect(findings[0]?.curl).toContain('--data-raw');
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

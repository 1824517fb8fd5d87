import type { Client } from '@temporalio/client';
import pg from 'pg';
import { Registry } from 'prom-client';
import { newId } from '../../services/ids';
import { createTicket } from '../../services/tickets/create-ticket';
import { BusyRuns } from '../../worker/busy-runs';
import { createRelayMetrics } from '../../worker/metrics';
import { waitingTickets, waitingTicketsText } from '../../worker/outbox';
import { startRelay } from '../../worker/relay';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import type { Fact } from '../../workflows/ticket/messages';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, contextFor, manyTickets, type TestTeam, team, type World } from '../support/factories';
import { captureLog } from '../support/logs';
import { testTemporal } from '../support/temporal';
import { ticketHistory } from '../support/workflow-history';

const database = testDatabase();
const temporal = testTemporal(database);
const places = { oldest: 48, newest: 16 };
let world: World;
let desk: TestTeam;

beforeAll(async () => {
  await temporal.stopRelay();
  world = await company(database);
  desk = await team(world);
});

afterEach(async () => {
  await temporal.stopRelay();
  await database.pool.query('DELETE FROM job');
});

/** So many more tickets, each with a job that waits, in the order they came; as an outage leaves them. */
async function backlog(count: number): Promise<string[]> {
  const { rows: known } = await database.pool.query<{ last: number }>(
    'SELECT coalesce(max(number), 0) AS last FROM ticket',
  );
  await manyTickets(world, desk, { count });
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
      SELECT company_id, 'job_' || substr(id, 5), id, 'ticket_created', '{}' FROM ticket
      WHERE number > $1 ORDER BY number RETURNING ticket_id AS id`,
    [known[0]?.last],
  );
  await database.pool.query('VACUUM ANALYZE job');
  return rows.map(({ id }) => id);
}

const submit = async (): Promise<string> =>
  (await createTicket(contextFor(world), { teamId: desk.id, subject: 'New' })).id;

/** So many jobs of a ticket at the same instant. */
async function addJobs(ticketId: string, count = 1): Promise<void> {
  await database.pool.query(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
      SELECT company_id, unnest($2::text[]), id, 'timesheet_changed', '{}' FROM ticket WHERE id = $1`,
    [ticketId, Array.from({ length: count }, () => newId('job'))],
  );
}

async function onOneConnection<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await database.pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const waiting = (inFlight: readonly string[] = []) =>
  onOneConnection(async (client) => {
    const tickets = await waitingTickets(client, inFlight, places);
    return tickets.map(({ end, jobs }) => ({ end, ticketId: jobs[0].ticketId, jobs: jobs.length }));
  });

test('takes the tickets that have waited longest, and beside them the newest', async () => {
  const old = await backlog(200);
  const submitted = await submit();
  const taken = await waiting();
  const of = (end: string): string[] =>
    taken.filter((each) => each.end === end).map(({ ticketId }) => ticketId);
  expect(of('oldest')).toEqual(old.slice(0, places.oldest));
  expect(of('newest')).toEqual([...old.slice(1 - places.newest), submitted]);
  const next = await waiting(taken.map(({ ticketId }) => ticketId));
  expect(next.map(({ ticketId }) => ticketId)).toEqual([
    ...old.slice(places.oldest, 2 * places.oldest),
    ...old.slice(1 - 2 * places.newest, 1 - places.newest),
  ]);
});

test('an old ticket that something new happens to is taken with everything that waits, oldest first', async () => {
  const old = await backlog(200);
  const middle = old[100] ?? '';
  await addJobs(middle);
  const taken = await onOneConnection((client) => waitingTickets(client, [], places));
  const found = taken.filter(({ jobs }) => jobs[0].ticketId === middle);
  expect(found.map(({ end, jobs }) => [end, jobs.map(({ kind }) => kind)])).toEqual([
    ['newest', ['ticket_created', 'timesheet_changed']],
  ]);
});

test('a postponed ticket is taken from neither end, whatever comes after', async () => {
  const [first = '', second] = await backlog(2);
  await database.pool.query(`UPDATE job SET due_at = now() + interval '1 hour' WHERE ticket_id = $1`, [
    first,
  ]);
  await addJobs(first);
  expect((await waiting()).map(({ ticketId }) => ticketId)).toEqual([second]);
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const scansOf = (node: PlanNode): string[] => [
  `${node['Node Type']} ${node['Relation Name'] ?? ''}`,
  ...(node.Plans ?? []).flatMap(scansOf),
];

test('looks at no more of the outbox than it takes, however the query is planned', async () => {
  const old = await backlog(6_000);
  const inFlight = [...old.slice(0, places.oldest), ...old.slice(-places.newest)];
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    const plan = await onOneConnection(async (client) => {
      await client.query(`SET plan_cache_mode = ${mode}`);
      await client.query(`PREPARE waiting (text[], bigint, bigint) AS ${waitingTicketsText}`);
      const { rows } = await client.query<{ 'QUERY PLAN': { readonly Plan: PlanNode }[] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE waiting ('{${inFlight.join(',')}}', ${places.oldest}, ${places.newest})`,
      );
      await client.query('DEALLOCATE waiting');
      await client.query('RESET plan_cache_mode');
      return rows[0]?.['QUERY PLAN'][0]?.Plan;
    });
    if (plan === undefined) throw new Error('no plan');
    expect(scansOf(plan)).not.toContain('Seq Scan job');
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(3_000);
  }
});

test('a new ticket does not wait behind the backlog of an outage', async () => {
  const old = await backlog(200);
  const submitted = await submit();
  await temporal.startRelay();
  await temporal.settled();
  const startOf = async (ticketId: string): Promise<number> => {
    const { startTime } = await temporal.client.workflow.getHandle(ticketWorkflowId(ticketId)).describe();
    return startTime.getTime();
  };
  const startedAt = await startOf(submitted);
  const before = (await Promise.all(old.map(startOf))).filter((each) => each < startedAt);
  expect(before.length).toBeLessThan(120);
  expect((await ticketHistory(temporal.client, submitted)).deliveredJobIds).toHaveLength(1);
}, 60_000);

describe('a run that signals come to one after the other', () => {
  const hundredSignals = (runs: BusyRuns, ticketId: string, runId: string, everyMs = 10): number[] =>
    Array.from({ length: 100 }, (_, index) => runs.signalled(ticketId, runId, index * everyMs));

  test('is left alone for longer and longer after the hundredth, five seconds at most', () => {
    const runs = new BusyRuns();
    expect(hundredSignals(runs, 'tkt_busy', 'run')).toEqual(Array<number>(100).fill(0));
    const rests = Array.from({ length: 150 }, () => runs.signalled('tkt_busy', 'run', 1_000));
    expect(rests.slice(0, 3)).toEqual([50, 100, 150]);
    expect(rests.slice(98, 101)).toEqual([4_950, 5_000, 5_000]);
    expect(rests.at(-1)).toBe(5_000);
  });

  test('is that one alone: not another ticket’s, nor the one it is continued in', () => {
    const runs = new BusyRuns();
    hundredSignals(runs, 'tkt_busy', 'run');
    expect(runs.signalled('tkt_other', 'other run', 1_000)).toBe(0);
    expect(runs.signalled('tkt_busy', 'run', 1_000)).toBe(50);
    expect(runs.signalled('tkt_busy', 'next run', 1_000)).toBe(0);
  });

  test('is none when they come seldom', () => {
    const runs = new BusyRuns();
    hundredSignals(runs, 'tkt_old', 'run', 10_000);
    expect(runs.signalled('tkt_old', 'run', 1_000_000)).toBe(0);
  });

  test('gets what comes meanwhile in one signal, after its rest', async () => {
    const sent: { readonly facts: number; readonly atMs: number }[] = [];
    /** A server that never continues the run, which a real one does as soon as it can. */
    const client = {
      withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
      workflow: {
        async signalWithStart(_type: string, { signalArgs }: { signalArgs: [{ facts: Fact[] }] }) {
          sent.push({ facts: signalArgs[0].facts.length, atMs: performance.now() });
          return { signaledRunId: 'the same run' };
        },
      },
    } as unknown as Client;
    const ticketId = await submit();
    const metrics = createRelayMetrics(new Registry(), () => true);
    const { logger } = captureLog();
    const relay = startRelay({ database, client, taskQueue: 'none', pollMs: 20, logger, metrics });
    try {
      for (let signal = 1; signal <= 105; signal++) {
        await eventually('a signal', async () => sent.length === signal);
        await addJobs(ticketId, signal === 105 ? 3 : 1);
      }
      await eventually('the signal after the rest', async () => sent.length > 105);
    } finally {
      await relay.stop();
    }
    expect(sent.map(({ facts }) => facts)).toEqual([...Array<number>(105).fill(1), 3]);
    expect((sent[105]?.atMs ?? 0) - (sent[104]?.atMs ?? 0)).toBeGreaterThanOrEqual(250);
  }, 120_000);
});

it('a relay with nothing to deliver looks as often as it is told to', async () => {
  const asked = jest.spyOn(pg.Client.prototype, 'query');
  const looks = (): number =>
    asked.mock.calls.filter(([query]) => (query as { readonly name?: string }).name === 'waiting_tickets')
      .length;
  const metrics = createRelayMetrics(new Registry(), () => true);
  const { logger } = captureLog();
  const { client } = temporal;
  const pollMs = 200;
  const relay = startRelay({ database, client, taskQueue: 'none', pollMs, logger, metrics });
  const startedAt = performance.now();
  await eventually('three looks', () => Promise.resolve(looks() >= 3));
  const waitedMs = performance.now() - startedAt;
  await relay.stop();
  asked.mockRestore();
  // Two pauses lie between three looks; a timer may end a millisecond early.
  expect(waitedMs).toBeGreaterThan(2 * (pollMs - 1));
});

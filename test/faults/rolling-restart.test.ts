import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../services/ids';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { factsArrivedSignal } from '../../workflows/ticket/messages';
import type { ApiClient } from '../support/api-client';
import { askEveryMs, type Balancer, startBalancer } from '../support/balancer';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { releaseWith } from '../support/release';
import { runsOf } from '../support/workflow-runs';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
const clients = 3;
/** Between one life and a client's next: a machine that is full all the time would only make every start slower. */
const pauseMs = 2_000;
const drainSeconds = 2;
const patch = 'timer-at-the-beginning';

let balancer: Balancer;
let release: { readonly folder: string; remove(): Promise<void> } | undefined;
afterAll(() => Promise.all([balancer?.close(), release?.remove()]));

const started: RunningProcess[] = [];

/** What the replacement leaves: workers of the new code, a ticket that began with it, and one that did not. */
interface Upgraded {
  readonly on: Desk;
  readonly agent: ApiClient;
  readonly workers: readonly RunningProcess[];
  readonly newTicket: string;
  readonly oldTicket: string;
}
let upgraded: Upgraded;

/** What the processes wrote of a request, for whoever has to find out why it failed. */
async function logOf(answer: { readonly headers: Headers }): Promise<string> {
  const requestId = answer.headers.get('x-request-id') ?? 'none';
  // Lines of the log are written together, a tenth of a second apart.
  await delay(500);
  const lines = started.flatMap((process) => process.output().split('\n'));
  return ['', ...lines.filter((line) => line.includes(requestId))].join('\n');
}

/** A decision that answered 202 is asked for again with its key; anything else but success fails the test. */
async function insist(agent: ApiClient, path: string, body: unknown): Promise<TicketBody> {
  const headers = { 'Idempotency-Key': newId('request'), Prefer: 'wait=5' };
  for (;;) {
    const answer = await agent.post<TicketBody>(path, body, { headers });
    if (answer.status === 200 || answer.status === 201) return answer.body;
    if (answer.status !== 202)
      throw new Error(`${path} answered ${answer.status} ${answer.text}${await logOf(answer)}`);
    await delay(100);
  }
}

/** Clients that go on with tickets of their own for as long as the test wants. */
function load(on: Desk, balancer: Balancer) {
  const agent = stack.client(() => ({ url: balancer.url }) as ApiProcess, on.users.agent.token);
  const tickets: string[] = [];
  let stopped = false;
  const lanes = Array.from({ length: clients }, async () => {
    while (!stopped) {
      const { id } = await insist(agent, '/v1/tickets', on.ticketBody);
      await insist(agent, '/v1/timesheets', timeBody(id));
      await insist(agent, `/v1/tickets/${id}/move`, { stageId: on.team.stages.inProgress });
      await insist(agent, `/v1/tickets/${id}/messages`, { body: 'We look at it.' });
      tickets.push(id);
      await delay(pauseMs);
    }
  });
  return {
    agent,
    tickets,
    /** Until so many more lives were whole; fails with the first request that fails. */
    async progress(more: number) {
      const wanted = tickets.length + more;
      while (tickets.length < wanted) await Promise.race([delay(20), ...lanes]);
    },
    async stop() {
      stopped = true;
      await Promise.all(lanes);
    },
    /**
     * Does it while somebody reads all the time, and a moment longer: one that leaves must not miss a single request,
     * nor leave before the balancer knows.
     */
    async besideReads<Result>(work: Promise<Result>): Promise<Result> {
      let over = false;
      const reading = async (): Promise<void> => {
        while (!over) {
          expect(await agent.get('/v1/me')).toMatchObject({ status: 200 });
          await delay(20);
        }
      };
      const stopReading = async (): Promise<void> => {
        try {
          await work;
          await delay(askEveryMs * 2);
        } finally {
          over = true;
        }
      };
      await Promise.all([stopReading(), reading()]);
      return work;
    },
    /** Does it while the clients go on; their failure is its own. */
    async beside<Result>(work: Promise<Result>): Promise<Result> {
      const failed = Promise.all(lanes).then(() => new Promise<never>(() => {}));
      return await Promise.race([work, failed]);
    },
  };
}

test('one API, worker and relay after the other replaced under load, workers by new code too: no request fails, nothing happens twice', async () => {
  const on = await desk(database);
  balancer = await startBalancer();
  const kept = async <Process extends RunningProcess>(starting: Promise<Process>): Promise<Process> => {
    const process = await starting;
    started.push(process);
    return process;
  };
  const startApi = () => kept(stack.startApi({ DRAIN_SECONDS: String(drainSeconds) }));
  const startWorker = (code?: string) => kept(stack.startWorker({}, code));
  const building = releaseWith(join(__dirname, '../replay/patched/index.ts'));
  const [apis, workers, relays] = await Promise.all([
    Promise.all([startApi(), startApi()]),
    Promise.all([startWorker(), startWorker()]),
    Promise.all([stack.startRelay(), stack.startRelay()]),
  ]);
  const old = [...apis, ...workers, ...relays];
  await Promise.all(apis.map(({ url }) => balancer.add(url)));
  const { folder } = (release = await building);
  const going = load(on, balancer);
  await going.progress(clients * 2);
  const { id: standing } = await insist(going.agent, '/v1/tickets', on.ticketBody);

  /** The next one is there before the one that leaves is stopped. */
  const replace = async <Process extends RunningProcess>(
    programs: Process[],
    which: number,
    start: () => Promise<Process>,
  ): Promise<void> => {
    const leaving = programs[which];
    if (leaving === undefined) throw new Error('there is no such process');
    programs[which] = await start();
    old.push(programs[which]);
    expect(await going.besideReads(leaving.stop())).toEqual({ code: 0, signal: null });
  };
  const replaceApi = async (which: number): Promise<void> => {
    const leaving = apis[which]?.url ?? '';
    await replace(apis, which, async () => {
      const next = await startApi();
      await balancer.add(next.url);
      expect(balancer.answersOf(leaving)).toBeGreaterThan(0);
      return next;
    });
    balancer.remove(leaving);
  };
  for (const which of [0, 1]) {
    await going.beside(
      Promise.all([
        replaceApi(which),
        replace(workers, which, startWorker),
        replace(relays, which, stack.startRelay),
      ]),
    );
    await going.progress(clients);
  }
  const beforeNewCode = going.tickets.length;
  const [newWorkers] = await going.beside(
    Promise.all([
      Promise.all([startWorker(folder), startWorker(folder)]),
      ...workers.map((worker) => worker.stop()),
    ]),
  );
  await going.progress(clients * 4);
  await insist(going.agent, `/v1/tickets/${standing}/move`, { stageId: on.team.stages.awaitingCustomer });
  await going.stop();

  await stack.settled();
  const tickets = [...going.tickets, standing];
  const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(30 * going.tickets.length);
  const { rows } = await database.pool.query<{ kind: string; count: number }>(
    `SELECT kind, count(*)::int AS count FROM event
     WHERE kind IN ('ticket.created', 'timesheet.logged', 'ticket.stage_changed', 'message.posted') GROUP BY kind`,
  );
  expect(Object.fromEntries(rows.map(({ kind, count }) => [kind, count]))).toEqual({
    'ticket.created': tickets.length,
    'timesheet.logged': going.tickets.length,
    'ticket.stage_changed': tickets.length,
    'message.posted': going.tickets.length,
  });
  const runs = await Promise.all(tickets.map((id) => runsOf(stack.temporalClient, ticketWorkflowId(id))));
  expect(runs.flat().flatMap(({ failedTasks }) => failedTasks)).toEqual([]);
  const isNew = runs.map(([run]) => run?.patches.includes(patch) ?? false);
  expect(isNew.slice(0, beforeNewCode)).not.toContain(true);
  expect(isNew.filter(Boolean).length).toBeGreaterThan(clients);
  expect(isNew.at(-1)).toBe(false);
  for (const worker of [...old, ...newWorkers]) expect(worker.output()).not.toMatch(/nondeterminism/i);
  await eventually('every workflow waits', async () => (await findings(stack, tickets)).length === 0);
  expect(await findings(stack, tickets)).toEqual([]);
  const newTicket = going.tickets.at(-1) ?? '';
  upgraded = { on, agent: going.agent, workers: newWorkers, newTicket, oldTicket: standing };
}, 240_000);

test('workers go back to the old code: its tickets go on, one of the new code waits and is whole again once its workflow is terminated', async () => {
  const { on, agent, workers, newTicket, oldTicket } = upgraded;
  const { inProgress, awaitingCustomer } = on.team.stages;
  const [worker] = await Promise.all([
    stack.startWorker({ RECONCILE_EVERY_SECONDS: '5' }),
    ...workers.map((each) => each.stop()),
  ]);
  await insist(agent, `/v1/tickets/${oldTicket}/move`, { stageId: inProgress });
  // No decision: whoever waits for one starts the workflow again himself.
  const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(newTicket));
  await handle.signal(factsArrivedSignal, { facts: [] });
  await eventually('the worker says why', () => Promise.resolve(/nondeterminism/i.test(worker.output())));

  await handle.terminate('rolled back');
  const nothingIsLeft = async () => (await findings(stack, [newTicket, oldTicket])).length === 0;
  // By its abnormal end, at the next sweep: counting would find it too, a minute after its last change.
  await eventually('the sweep has started it again', nothingIsLeft, 25_000);
  await insist(agent, `/v1/tickets/${newTicket}/move`, { stageId: awaitingCustomer });
  await stack.settled();
  await eventually('every workflow waits', nothingIsLeft);
}, 120_000);

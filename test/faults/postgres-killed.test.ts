import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../services/ids';
import type { ApiClient } from '../support/api-client';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { desk, type TicketBody, timeBody } from './desk';

const stack = faultStack({});
const clients = 6;
const recoveryLimitMs = 10_000;

interface Tally {
  readonly acknowledged: string[];
  /** How often the answer was 503. */
  refusals: number;
}

/** One client: a ticket and time on it, over and over, each request with its key for as long as it answers 503. */
async function work(
  agent: ApiClient,
  body: Readonly<Record<string, string>>,
  tally: Tally,
  stopped: () => boolean,
): Promise<void> {
  const insist = async (path: string, content: unknown): Promise<TicketBody> => {
    const headers = { 'Idempotency-Key': newId('request') };
    for (;;) {
      const answer = await agent.post<TicketBody>(path, content, { headers });
      if (answer.status === 201) return answer.body;
      if (answer.status !== 503) throw new Error(`${path} answered ${answer.text}`);
      tally.refusals += 1;
      await delay(50);
    }
  };
  while (!stopped()) {
    const { id } = await insist('/v1/tickets', body);
    tally.acknowledged.push(id);
    await insist('/v1/timesheets', timeBody(id));
  }
}

test('a relay that loses PostgreSQL while it forgets a job delivers that ticket’s next jobs all the same', async () => {
  const on = await desk(stack.database);
  const processes = await Promise.all([stack.startApi(), stack.startWorker(), stack.startRelay()]);
  const [api] = processes;
  const agent = stack.client(() => api, on.users.agent.token);
  const point = await stack.points.stopAt({
    table: 'job',
    on: 'DELETE',
    at: 'row',
    companyId: on.companyId,
  });
  const { body: ticket } = await agent.post<TicketBody>('/v1/tickets', on.ticketBody);
  await point.reached();
  await stack.postgres.kill('SIGQUIT');
  await stack.postgres.startAgain();
  await point.open();

  await eventually('the API writes again', async () => {
    const { status } = await agent.post('/v1/timesheets', timeBody(ticket.id));
    return status === 201;
  });
  await stack.settled();
  expect(await findings(stack, [ticket.id])).toEqual([]);
  await Promise.all(processes.map((running) => running.kill()));
}, 180_000);

test('PostgreSQL killed under load and back: nothing acknowledged is lost, and no process needs a restart', async () => {
  const on = await desk(stack.database);
  const processes: [ApiProcess, RunningProcess, RunningProcess] = await Promise.all([
    stack.startApi(),
    stack.startWorker(),
    stack.startRelay(),
  ]);
  const [api] = processes;
  const agent = stack.client(() => api, on.users.agent.token);
  const tally: Tally = { acknowledged: [], refusals: 0 };
  let stopped = false;
  const load = Array.from({ length: clients }, () => work(agent, on.ticketBody, tally, () => stopped));
  const progressTo = async (count: number): Promise<void> => {
    while (tally.acknowledged.length < count) await Promise.race([delay(20), ...load]);
  };

  await progressTo(30);
  await stack.postgres.kill('SIGQUIT');
  while (tally.refusals < clients) await Promise.race([delay(20), ...load]);
  const { status: liveness } = await agent.get('/healthz');
  expect(liveness).toBe(200);
  const { status: readiness, text } = await agent.get('/readyz');
  expect([readiness, text]).toEqual([503, expect.stringContaining('The database does not answer')]);

  await stack.postgres.startAgain();
  const backAt = Date.now();
  await progressTo(tally.acknowledged.length + clients * 2);
  expect(Date.now() - backAt).toBeLessThan(recoveryLimitMs);
  stopped = true;
  await Promise.all(load);

  await stack.settled();
  expect(await findings(stack, tally.acknowledged)).toEqual([]);
  const line = await stack.database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(30 * tally.acknowledged.length);
  for (const running of processes) expect(running.hasEnded()).toBe(false);
}, 180_000);

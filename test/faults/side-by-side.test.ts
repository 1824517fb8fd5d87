import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../services/ids';
import { environmentOfService } from '../support/compose';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { desk, type TicketBody, timeBody } from './desk';

const stack = faultStack({});
const ticketCount = 24;

/** The environment of docker-compose.yml, but for what one host cannot share: addresses of servers, and ports. */
function asIn(service: string): Record<string, string> {
  const {
    DATABASE_URL: _database,
    TEMPORAL_ADDRESS: _temporal,
    ...environment
  } = environmentOfService(service);
  return { ...environment, PORT: '0', METRICS_PORT: '0' };
}

async function figures(process: RunningProcess, message: string): Promise<string> {
  const { metricsPort } = await process.said(message);
  return (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
}

test('two APIs, two workers and two relays: every request sent to both has one effect, with a relay and a worker killed', async () => {
  const { database } = stack;
  const on = await desk(database);
  const apis: ApiProcess[] = await Promise.all([stack.startApi(asIn('api')), stack.startApi(asIn('api'))]);
  const [worker, otherWorker]: RunningProcess[] = await Promise.all([
    stack.startWorker(asIn('worker')),
    stack.startWorker(asIn('worker')),
  ]);
  const active = await stack.startRelay(asIn('relay'));
  await active.said('relay delivers');
  const standby = await stack.startRelay(asIn('relay'));
  const agents = apis.map((api) => stack.client(() => api, on.users.agent.token));

  /** The same request to both APIs at the same instant; both get the same record. */
  const both = async (path: string, body: unknown, wanted: number): Promise<TicketBody> => {
    const headers = { 'Idempotency-Key': newId('request') };
    for (;;) {
      const answers = await Promise.all(
        agents.map((agent) => agent.post<TicketBody>(path, body, { headers })),
      );
      if (answers.some(({ status }) => status === 202)) {
        await delay(100);
        continue;
      }
      const [first, second] = answers;
      expect([first?.status, second?.status]).toEqual([wanted, wanted]);
      expect(second?.body).toEqual(first?.body);
      if (first === undefined) throw new Error('there is no answer');
      return first.body;
    }
  };
  const life = async (): Promise<string> => {
    const { id } = await both('/v1/tickets', on.ticketBody, 201);
    await both('/v1/timesheets', timeBody(id), 201);
    const moved = await both(`/v1/tickets/${id}/move`, { stageId: on.team.stages.inProgress }, 200);
    expect(moved.stageId).toBe(on.team.stages.inProgress);
    return id;
  };
  const ids: string[] = [];
  let begun = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    while (begun < ticketCount) {
      begun += 1;
      ids.push(await life());
    }
  });
  while (ids.length < ticketCount / 4) await Promise.race([delay(20), ...lanes]);
  await Promise.all([active.kill(), worker?.kill()]);
  await Promise.all(lanes);

  await standby.said('relay delivers');
  await stack.settled();
  expect(await database.prisma.ticket.count({ where: { companyId: on.companyId } })).toBe(ids.length);
  expect(await database.prisma.timesheetEntry.count({ where: { companyId: on.companyId } })).toBe(ids.length);
  const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(30 * ids.length);
  expect(await findings(stack, ids)).toEqual([]);
  expect(await figures(standby, 'relay runs')).toMatch(/^keepdesk_relay_active 1$/m);
  if (otherWorker === undefined) throw new Error('there is no other worker');
  expect(await figures(otherWorker, 'worker runs')).toMatch(
    /^keepdesk_activities_total\{activity="applyTimesheet",outcome="done"\} [1-9]/m,
  );
}, 180_000);

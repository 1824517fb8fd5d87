import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../services/ids';
import { testDatabase } from '../support/database';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
const ticketCount = 40;

test('two APIs, two workers and two relays: every request sent to both has one effect, with a relay and a worker killed', async () => {
  const on = await desk(database);
  const apis: ApiProcess[] = await Promise.all([stack.startApi(), stack.startApi()]);
  const [worker]: RunningProcess[] = await Promise.all([stack.startWorker(), stack.startWorker()]);
  const active = await stack.startRelay();
  await active.said('relay delivers');
  const standby = await stack.startRelay();
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
}, 180_000);

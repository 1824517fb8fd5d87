import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { ticketHistory } from '../support/workflow-history';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
let api: ApiProcess;
let relay: RunningProcess;
let on: Desk;

beforeAll(async () => {
  on = await desk(database);
  [api, relay] = await Promise.all([stack.startApi(), stack.startRelay(), stack.startWorker()]);
}, 120_000);

const agent = () => stack.client(() => api, on.users.agent.token);

/** Runs `act` with a relay that dies after its deliveries and before it has forgotten them. */
async function withRelayKilledBeforeItForgets<Result>(
  act: () => Promise<Result>,
  delivered: (result: Result) => Promise<boolean>,
): Promise<Result> {
  const point = await stack.points.stopAt({
    table: 'job',
    on: 'DELETE',
    at: 'row',
    companyId: on.companyId,
  });
  const result = await act();
  await point.reached();
  await eventually('the effect of the delivery', () => delivered(result));
  await relay.kill();
  await point.abandoned();
  await point.open();
  const { rows } = await database.pool.query('SELECT 1 FROM job');
  expect(rows).not.toEqual([]);
  relay = await stack.startRelay();
  await stack.settled();
  return result;
}

test('a relay killed after a signal and before it forgot the job sends it again, without a second effect', async () => {
  const ticket = await withRelayKilledBeforeItForgets(
    async () => (await agent().post<TicketBody>('/v1/tickets', on.ticketBody)).body,
    async ({ id }) => {
      const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(id));
      return (await handle.describe()).status.name === 'RUNNING';
    },
  );
  const entry = await withRelayKilledBeforeItForgets(
    async () => (await agent().post<{ id: string }>('/v1/timesheets', timeBody(ticket.id))).body,
    async ({ id }) =>
      (await database.prisma.timesheetEntry.findFirstOrThrow({ where: { id } })).appliedVersion === 1,
  );

  const seen = await eventually('both jobs a second time', async () => {
    const history = await ticketHistory(stack.temporalClient, ticket.id);
    return history.deliveredJobIds.length >= 4 && history;
  });
  expect(new Set(seen.deliveredJobIds).size).toBe(2);
  expect(seen.activities).toEqual(['applyTimesheet']);
  const slices = await database.prisma.slice.findMany({ where: { entryId: entry.id } });
  expect(slices.map(({ fromMinute, toMinute }) => [fromMinute, toMinute])).toEqual([[0, 30]]);
  expect(await findings(stack, [ticket.id])).toEqual([]);
}, 180_000);

test('of two relays one delivers, and the other takes over when it is killed', async () => {
  const standby = await stack.startRelay();
  const first = await agent().post<TicketBody>('/v1/tickets', on.ticketBody);
  await stack.settled();
  expect(standby.output()).not.toContain('relay delivers');

  await relay.kill();
  relay = standby;
  const second = await agent().post<TicketBody>('/v1/tickets', on.ticketBody);
  await standby.said('relay delivers');
  await stack.settled();
  expect(await findings(stack, [first.body.id, second.body.id])).toEqual([]);
}, 120_000);

test('a relay that is frozen leaves its work to the other, and finds its way back when it thaws', async () => {
  const frozen = relay;
  relay = await stack.startRelay();
  frozen.signal('SIGSTOP');
  const first = await agent().post<TicketBody>('/v1/tickets', on.ticketBody);
  await relay.said('relay delivers');
  await stack.settled();
  frozen.signal('SIGCONT');
  await frozen.said('relay lost the database; trying again');
  const second = await agent().post<TicketBody>('/v1/tickets', on.ticketBody);
  await stack.settled();
  expect(await findings(stack, [first.body.id, second.body.id])).toEqual([]);
}, 180_000);

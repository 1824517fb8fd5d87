import { createTicket } from '../../services/tickets/create-ticket';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { moveStageSignal } from '../../workflows/ticket/messages';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { contextFor } from '../support/factories';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess } from '../support/processes';
import { resetWorkflow } from '../support/workflow-runs';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
/** Until the deadline of each ticket: time for its life and for the operator. */
const secondsLeft = 25;
const ofTheClock = ['sla.at_risk', 'sla.breached'];

let api: ApiProcess;
beforeAll(async () => {
  [api] = await Promise.all([
    stack.startApi(),
    stack.startRelay(),
    stack.startWorker({ RECONCILE_EVERY_SECONDS: '5' }),
  ]);
}, 120_000);

const handleOf = (ticketId: string) => stack.temporalClient.workflow.getHandle(ticketWorkflowId(ticketId));

const reset = (ticketId: string, toTask: 'first' | 'middle') =>
  resetWorkflow(stack.temporalClient, ticketWorkflowId(ticketId), toTask);

const actions = {
  terminate: (ticketId: string) => handleOf(ticketId).terminate('by hand'),
  cancel: (ticketId: string) => handleOf(ticketId).cancel(),
  'reset to the first event': (ticketId: string) => reset(ticketId, 'first'),
  'reset to an event in the middle': (ticketId: string) => reset(ticketId, 'middle'),
} as const;

/** A ticket that was moved by a signal and by a request, billed and written on, with its deadline ahead. */
async function livedTicket(on: Desk): Promise<{ readonly id: string; readonly deadline: Date }> {
  const agent = stack.client(() => api, on.users.agent.token);
  const createdAt = new Date(Date.now() - (60 - secondsLeft) * 1000);
  const { id } = await createTicket(
    contextFor(on, { role: 'agent', now: () => createdAt }),
    on.ticketBody as never,
  );
  await eventually(
    'its workflow runs',
    async () => (await handleOf(id).describe()).status.name === 'RUNNING',
  );
  await handleOf(id).signal(moveStageSignal, { stageId: on.team.stages.inProgress, reason: 'by hand' });
  await eventually('the signal was taken', async () => {
    const { body } = await agent.get<TicketBody>(`/v1/tickets/${id}`);
    return body.stageId === on.team.stages.inProgress;
  });
  await agent.post('/v1/timesheets', timeBody(id, 45));
  await agent.post(`/v1/tickets/${id}/messages`, { body: 'We look at it.' });
  const moved = await agent.post(`/v1/tickets/${id}/move`, { stageId: on.team.stages.new });
  expect(moved.status).toBe(200);
  return { id, deadline: new Date(createdAt.getTime() + 60_000) };
}

async function kindsOf(ticketId: string): Promise<string[]> {
  const events = await database.prisma.event.findMany({ where: { ticketId }, select: { kind: true } });
  return events.map(({ kind }) => kind).toSorted();
}

test('a workflow that is terminated, cancelled or reset is there again by itself; its timer, bills and decisions have their effect once', async () => {
  const cases = await Promise.all(
    Object.values(actions).map(async (act) => {
      const on = await desk(database, { targetMinutes: 1 });
      return { act, on, ...(await livedTicket(on)) };
    }),
  );
  await stack.settled();
  const before = await Promise.all(
    cases.map(async (each) => ({
      ...each,
      kinds: (await kindsOf(each.id)).filter((kind) => !ofTheClock.includes(kind)),
      runId: (await handleOf(each.id).describe()).runId,
    })),
  );
  await Promise.all(before.map(({ act, id }) => act(id)));

  for (const { id, on, kinds, runId, deadline } of before) {
    await eventually('another run', async () => {
      const now = await handleOf(id).describe();
      return now.runId !== runId && now.status.name === 'RUNNING';
    });
    const clock = await eventually('the breach', async () => {
      const seen = await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: id } });
      return seen.status === 'breached' && seen;
    });
    expect(clock.breachedAt).toEqual(deadline);
    const agent = stack.client(() => api, on.users.agent.token);
    const { body: present } = await agent.get<TicketBody>(`/v1/tickets/${id}`);
    expect(present.stageId).toBe(on.team.stages.new);
    const assigned = await agent.post(`/v1/tickets/${id}/assign`, { userId: on.users.agent.id });
    expect(assigned.status).toBe(200);
    expect(await kindsOf(id)).toEqual([...kinds, ...ofTheClock, 'ticket.assigned'].toSorted());
    const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
    expect(line.deliveredMinutes).toBe(45);
  }
  await stack.settled();
  expect(
    await findings(
      stack,
      cases.map(({ id }) => id),
    ),
  ).toEqual([]);
}, 180_000);

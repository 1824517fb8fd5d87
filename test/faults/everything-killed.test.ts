import { createTicket } from '../../services/tickets/create-ticket';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { eventually } from '../support/eventually';
import { contextFor } from '../support/factories';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import { ticketHistory } from '../support/workflow-history';
import { desk, type TicketBody, timeBody } from './desk';

const stack = faultStack({});

test('kill -9 of everything at once: it continues where it was, and the timer still fires', async () => {
  const secondsLeft = 15;
  const on = await desk(stack.database, { targetMinutes: 1 });
  const startAll = () => Promise.all([stack.startApi(), stack.startWorker(), stack.startRelay()]);
  let [api, worker, relay] = await startAll();
  const agent = stack.client(() => api, on.users.agent.token);

  const createdAt = new Date(Date.now() - (60 - secondsLeft) * 1000);
  const deadline = new Date(createdAt.getTime() + 60_000);
  const draft = { teamId: on.team.id, subject: 'The printer is on fire', contactId: on.personId };
  const promised = await createTicket(contextFor(on, { role: 'agent', now: () => createdAt }), draft);
  const { runId } = await eventually('the timer of the deadline', async () => {
    const { timersStarted, timersFired } = await ticketHistory(stack.temporalClient, promised.id);
    const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(promised.id));
    return timersStarted > timersFired && (await handle.describe());
  });
  const { body: other } = await agent.post<TicketBody>('/v1/tickets', on.ticketBody);
  await agent.post('/v1/timesheets', timeBody(other.id));

  await Promise.all([
    api.kill(),
    worker.kill(),
    relay.kill(),
    stack.postgres.kill('SIGKILL'),
    stack.temporal.kill('SIGKILL'),
  ]);
  await Promise.all([stack.postgres.startAgain(), stack.temporal.startAgain()]);
  [api, worker, relay] = await startAll();

  await stack.settled();
  const clock = await eventually('the breach', async () => {
    const found = await stack.database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: promised.id } });
    return found.status === 'breached' && found;
  });
  expect(clock.breachedAt).toEqual(deadline);
  expect(clock.observedAt?.getTime()).toBeGreaterThanOrEqual(deadline.getTime());
  const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(promised.id));
  expect((await handle.describe()).runId).toBe(runId);
  const moved = await agent.post<TicketBody>(`/v1/tickets/${other.id}/move`, {
    stageId: on.team.stages.inProgress,
  });
  expect(moved.status).toBe(200);
  const line = await stack.database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(30);
  expect(await findings(stack, [promised.id, other.id])).toEqual([]);
}, 180_000);

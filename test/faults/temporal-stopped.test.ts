import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { deadlinesQuery } from '../../workflows/ticket/messages';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess } from '../support/processes';
import { ticketHistory } from '../support/workflow-history';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
const decisionDeadlineMs = 6_000;
let api: ApiProcess;
let on: Desk;

beforeAll(async () => {
  on = await desk(database);
  [api] = await Promise.all([
    stack.startApi({ DECISION_DEADLINE_MS: String(decisionDeadlineMs) }),
    stack.startWorker(),
    stack.startRelay(),
  ]);
}, 120_000);

const agent = () => stack.client(() => api, on.users.agent.token);

async function post<Body = { id: string }>(path: string, body: unknown): Promise<Body> {
  const answer = await agent().post<Body>(path, body);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function temporalPart(): Promise<{ ready: boolean; detail: string } | undefined> {
  const { status, body } = await agent().get<{ parts: { name: string; ready: boolean; detail: string }[] }>(
    '/readyz',
  );
  expect(status).toBe(200);
  return body.parts.find(({ name }) => name === 'temporal');
}

/** Jobs that wait, oldest first. */
async function waitingJobs(ticketId: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    'SELECT id FROM job WHERE ticket_id = $1 ORDER BY position',
    [ticketId],
  );
  return rows.map(({ id }) => id);
}

test('while Temporal is stopped facts are taken and decisions refused in time; then everything catches up in order', async () => {
  const known = await post<TicketBody>('/v1/tickets', on.ticketBody);
  await stack.settled();
  const { body: before } = await agent().get<TicketBody>(`/v1/tickets/${known.id}`);
  const inProgress = { stageId: on.team.stages.inProgress };
  await stack.temporal.kill('SIGKILL');

  const fresh = await post<TicketBody>('/v1/tickets', on.ticketBody);
  for (const ticket of [known, fresh]) {
    await post(`/v1/tickets/${ticket.id}/messages`, { body: 'We look at it.' });
    for (const minutes of [10, 20, 30]) await post('/v1/timesheets', timeBody(ticket.id, minutes));
  }
  const decisions = [
    ['post', `/v1/tickets/${known.id}/move`, inProgress],
    ['post', `/v1/tickets/${fresh.id}/move`, inProgress],
    ['post', `/v1/tickets/${known.id}/assign`, { userId: on.users.agent.id }],
    ['post', `/v1/tickets/${known.id}/close`, {}],
    ['patch', `/v1/tickets/${known.id}`, { priority: 'high' }],
  ] as const;
  for (const [method, path, body] of decisions) {
    const askedAt = performance.now();
    const refused = await agent().send<{ code: string }>(method, path, body);
    expect([path, refused.status, refused.body.code]).toEqual([path, 503, 'temporal_unavailable']);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(performance.now() - askedAt).toBeLessThan(decisionDeadlineMs);
  }
  expect(await temporalPart()).toEqual({
    name: 'temporal',
    ready: false,
    detail: expect.stringContaining('Temporal does not answer'),
  });
  const { body: meanwhile } = await agent().get<TicketBody>(`/v1/tickets/${known.id}`);
  expect(meanwhile).toEqual(before);
  expect((await agent().get(`/v1/teams/${on.team.id}/board`)).status).toBe(200);
  const order = new Map([
    [known.id, await waitingJobs(known.id)],
    [fresh.id, await waitingJobs(fresh.id)],
  ]);

  await stack.temporal.startAgain();
  await stack.settled();
  for (const [ticketId, jobIds] of order) {
    expect(jobIds.length).toBeGreaterThanOrEqual(3);
    const { deliveredJobIds } = await ticketHistory(stack.temporalClient, ticketId);
    expect([...new Set(deliveredJobIds)].slice(-jobIds.length)).toEqual(jobIds);
  }
  for (const ticket of [known, fresh]) {
    const moved = await eventually('a decision is taken again', async () => {
      const answer = await agent().post<TicketBody>(`/v1/tickets/${ticket.id}/move`, inProgress);
      return answer.status === 200 && answer;
    });
    expect(moved.body.stageId).toBe(inProgress.stageId);
  }
  expect((await temporalPart())?.ready).toBe(true);
  expect(await findings(stack, [known.id, fresh.id])).toEqual([]);
  const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
  expect(line.deliveredMinutes).toBe(2 * 60);
}, 180_000);

test('a decision that was committed while Temporal was killed, and of which the workflow never heard, has its timer', async () => {
  const ticket = await post<TicketBody>('/v1/tickets', on.ticketBody);
  const { inProgress, awaitingCustomer } = on.team.stages;
  const paused = await eventually('the ticket is paused', async () => {
    const answer = await agent().post<TicketBody>(`/v1/tickets/${ticket.id}/move`, {
      stageId: awaitingCustomer,
    });
    return answer.status === 200 && answer;
  });
  expect(paused.body.nextDeadline).toBeNull();
  await stack.settled();

  const point = await stack.points.stopAt({
    table: 'event',
    on: 'INSERT',
    at: 'row',
    companyId: on.companyId,
  });
  const asked = agent().post(`/v1/tickets/${ticket.id}/move`, { stageId: inProgress });
  await point.reached();
  await stack.temporal.kill('SIGKILL');
  expect((await asked).status).toBe(503);
  await point.open();
  const decided = await eventually('the commit', async () => {
    const { body } = await agent().get<TicketBody>(`/v1/tickets/${ticket.id}`);
    return body.stageId === inProgress && body;
  });
  expect(decided.nextDeadline).not.toBeNull();

  await stack.temporal.startAgain();
  const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(ticket.id));
  await eventually('the workflow waits for the deadline', async () => {
    const { nextDeadline, nextWakeAt } = await handle.query(deadlinesQuery);
    const { timersStarted, timersFired } = await ticketHistory(stack.temporalClient, ticket.id);
    return nextDeadline === decided.nextDeadline && nextWakeAt !== null && timersStarted > timersFired;
  });
  await stack.settled();
  expect(await findings(stack, [ticket.id])).toEqual([]);
}, 180_000);

import { sweep } from '../../../services/reconcile/sweep';
import { createTicket } from '../../../services/tickets/create-ticket';
import { createWorkflowInventory } from '../../../worker/workflow-inventory';
import { searchAttributes } from '../../../workflows/search-attributes';
import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import {
  moveStageSignal,
  retryBillingUpdate,
  statusQuery,
  type TicketStatus,
} from '../../../workflows/ticket/messages';
import { type Desk, desk, type TicketBody, timeBody } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { contextFor } from '../../support/factories';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';
import { resetWorkflow } from '../../support/workflow-runs';
import { countOf, eventKinds, runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(90_000);

const sweepNow = (thorough = false) =>
  sweep({
    database,
    inventory: createWorkflowInventory(temporal.client, temporal.taskQueue),
    now: new Date(),
    lookBackSeconds: 600,
    thorough,
  });

const handleOf = (ticketId: string) => temporal.client.workflow.getHandle(ticketWorkflowId(ticketId));

async function runningAgain(ticketId: string): Promise<void> {
  await eventually('the workflow runs again', async () => {
    const description = await handleOf(ticketId).describe();
    return description.status.name === 'RUNNING';
  });
}

/** A ticket whose deadline of one hour has `leftMs` to go. */
async function almostDue(world: Desk, leftMs: number): Promise<string> {
  const now = new Date(Date.now() - 3_600_000 + leftMs);
  const context = { ...contextFor(world, { role: 'agent' }), now: () => now };
  const { id } = await createTicket(context, { teamId: world.team.id, subject: 'Due soon' });
  return id;
}

const clockOf = (ticketId: string) => database.prisma.slaClock.findFirstOrThrow({ where: { ticketId } });

it('records one breach, at its deadline, with the later instant at which a worker came back to see it', async () => {
  const world = await desk(database, { targetMinutes: 60 });
  await temporal.stopWorker();
  const id = await almostDue(world, 500);
  const { deadline } = await clockOf(id);
  await eventually('the deadline has passed', () => Promise.resolve(Date.now() > (deadline?.getTime() ?? 0)));
  expect((await clockOf(id)).breachedAt).toBeNull();

  await temporal.startWorker();

  const clock = await eventually('the breach is on record', async () => {
    const seen = await clockOf(id);
    return seen.status === 'breached' ? seen : undefined;
  });
  expect(clock.breachedAt).toEqual(deadline);
  expect(clock.observedAt?.getTime()).toBeGreaterThan(deadline?.getTime() ?? 0);
  const kinds = await eventKinds(api.client(world.users.admin.token), id);
  expect(countOf(kinds, 'sla.breached')).toBe(1);
  expect(countOf(kinds, 'sla.at_risk')).toBe(1);
  await eventually('the attribute says so', async () => {
    const { typedSearchAttributes } = await handleOf(id).describe();
    return typedSearchAttributes.get(searchAttributes.slaState) === 'breached';
  });
  await saveHistory('ticket-breached', handleOf(id));
});

it('breaches on time while everything runs', async () => {
  const world = await desk(database, { targetMinutes: 60 });
  const id = await almostDue(world, 2_500);
  const clock = await eventually('the breach is on record', async () => {
    const seen = await clockOf(id);
    return seen.status === 'breached' ? seen : undefined;
  });
  expect(clock.breachedAt).toEqual(clock.deadline);
  // Never early; late by no more than a busy machine takes.
  const lateMs = (clock.observedAt?.getTime() ?? 0) - (clock.deadline?.getTime() ?? 0);
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(30_000);
});

it('bills beside the decisions; a bill that fails for good waits for an operator and loses nothing', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
  // The ledger itself refuses: an entry's slices cannot be stored until the operator takes the rule away again.
  await database.pool.query(
    `ALTER TABLE slice ADD CONSTRAINT refused_for_now CHECK (to_minute < 30) NOT VALID`,
  );
  const entry = await agent.post<{ id: string }>('/v1/timesheets', timeBody(id, 30));
  await eventually('the ticket needs an operator', async () => {
    const description = await handle.describe();
    return description.typedSearchAttributes.get(searchAttributes.needsOperator) === true;
  });
  const status = await handle.query<TicketStatus>(statusQuery);
  expect(status).toMatchObject({ needsOperator: 'internal_error', pendingBilling: 1 });

  const moved = await agent.post<TicketBody>(`/v1/tickets/${id}/move`, {
    stageId: world.team.stages.inProgress,
  });
  expect(moved.status).toBe(200);

  await database.pool.query('ALTER TABLE slice DROP CONSTRAINT refused_for_now');
  const { entries } = await handle.executeUpdate(retryBillingUpdate, {
    args: [{ reason: 'the rule is gone' }],
  });
  expect(entries).toBe(1);
  await eventually('the time is billed', async () => {
    const { body } = await agent.get<{ billing: { state: string } }>(`/v1/timesheets/${entry.body.id}`);
    return body.billing.state === 'applied';
  });
  await eventually('no operator is needed any more', async () => {
    const description = await handle.describe();
    return description.typedSearchAttributes.get(searchAttributes.needsOperator) === false;
  });
  expect(await eventKinds(agent, id)).toContain('ticket.billing_retried');
  await saveHistory('ticket-billing-stopped', handle);
});

it('ends when the ticket is closed, and comes back for a fact and for a decision', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
  const ended = () =>
    eventually('the workflow ended', async () => (await handleOf(id).describe()).status.name === 'COMPLETED');

  await agent.post(`/v1/tickets/${id}/close`, {});
  await ended();
  await saveHistory('ticket-closed', handleOf(id));
  const entry = await agent.post<{ billing: { state: string } }>('/v1/timesheets', timeBody(id, 15), {
    headers: { Prefer: 'wait=20' },
  });
  expect(entry.body.billing.state).toBe('applied');
  await ended();
  const reopened = await agent.post<TicketBody>(`/v1/tickets/${id}/reopen`, {});
  expect(reopened.status).toBe(200);
  expect(reopened.body.stageId).toBe(world.team.stages.new);
  expect((await handle.describe()).status.name).toBe('RUNNING');
});

it.each(['terminate', 'cancel'] as const)(
  'is brought back by the sweep after an operator’s %s',
  async (verb) => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    await (verb === 'terminate' ? handle.terminate('by hand') : handle.cancel());
    await eventually('it ended', async () => (await handleOf(id).describe()).status.name !== 'RUNNING');

    await eventually('the sweep finds it', async () => (await sweepNow()).ticketsWithoutWorkflow > 0);
    await runningAgain(id);

    await eventually(
      'a second sweep finds nothing',
      async () => (await sweepNow()).ticketsWithoutWorkflow === 0,
    );
    const moved = await agent.post(`/v1/tickets/${id}/move`, { stageId: world.team.stages.inProgress });
    expect(moved.status).toBe(200);
    const kinds = await eventKinds(agent, id);
    expect(countOf(kinds, 'ticket.created')).toBe(1);
    expect(countOf(kinds, 'sla.clock_started')).toBe(1);
  },
);

it.each([
  ['at once', 0],
  ['after two months', 60],
])(
  'does nothing twice when it is reset to its beginning, %s: not a signal, not a bill, not a decision',
  async (_when, days) => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    await handle.signal(moveStageSignal, { stageId: world.team.stages.inProgress, reason: 'by an operator' });
    await eventually('the signal was taken', async () => {
      const { body } = await agent.get<TicketBody>(`/v1/tickets/${id}`);
      return body.stageId === world.team.stages.inProgress;
    });
    await agent.post('/v1/timesheets', timeBody(id, 45), { headers: { Prefer: 'wait=20' } });
    await agent.post(`/v1/tickets/${id}/move`, { stageId: world.team.stages.awaitingCustomer });
    await agent.post(`/v1/tickets/${id}/assign`, { userId: null });
    await agent.post(`/v1/tickets/${id}/assign`, { userId: world.users.agent.id });
    const before = await eventKinds(agent, id);
    await database.pool.query(
      'UPDATE idempotency_key SET created_at = created_at - make_interval(days => $2) WHERE company_id = $1',
      [world.companyId, days],
    );
    await sweepNow(true);
    const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: world.order.lineId } });

    const runId = await resetWorkflow(temporal.client, ticketWorkflowId(id), 'first');
    await eventually('the new run has worked off what was sent again', async () => {
      const description = await handleOf(id).describe();
      const status = await handleOf(id).query<TicketStatus>(statusQuery);
      return (
        description.runId !== runId &&
        status.stage === 'Awaiting Customer' &&
        status.pendingDecisions === 0 &&
        status.pendingBilling === 0
      );
    });

    expect(await eventKinds(agent, id)).toEqual(before);
    const after = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: world.order.lineId } });
    expect(after.deliveredMinutes).toBe(line.deliveredMinutes);
    expect(after.deliveredMinutes).toBe(45);
    await saveHistory('ticket-reset', handleOf(id));
  },
);

it('continues as new before its history grows long, and goes on as if nothing had been', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
  const { runId } = await handle.describe();
  const { inProgress, awaitingCustomer } = world.team.stages;
  let moves = 0;
  while ((await handleOf(id).describe()).runId === runId) {
    moves += 1;
    const stageId = moves % 2 === 0 ? awaitingCustomer : inProgress;
    expect((await agent.post(`/v1/tickets/${id}/move`, { stageId })).status).toBe(200);
    if (moves > 200) throw new Error('the history grew and grew');
  }
  await agent.post('/v1/timesheets', timeBody(id, 20), { headers: { Prefer: 'wait=20' } });
  const last = await agent.post<TicketBody>(`/v1/tickets/${id}/move`, { stageId: world.team.stages.solved });
  expect(last.status).toBe(200);
  expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(Math.min(200, moves + 1));
  await saveHistory('ticket-continued', temporal.client.workflow.getHandle(ticketWorkflowId(id), runId));
  const history = await temporal.client.workflow.getHandle(ticketWorkflowId(id), runId).fetchHistory();
  expect(history.events?.length ?? 0).toBeLessThan(600);
});
